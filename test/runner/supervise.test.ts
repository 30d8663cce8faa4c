import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { protocolVersion } from '../../src/protocol/messages.ts'
import { superviseRunner } from '../../src/runner/supervise.ts'

test('a runner that says hello while the server already stops is ended too', async () => {
  const work = mkdtempSync(join(tmpdir(), 'oore-supervise-'))
  const runner = spawn('sleep', ['300'], { stdio: 'ignore' })
  const isGone = once(runner, 'exit')
  // The runner's socket, answered here so that its hello comes when this test wants it.
  let called: (socket: Socket) => void
  const call = new Promise<Socket>((resolve) => (called = resolve))
  const door = createServer((socket) => called(socket)).listen(join(work, 'alive.sock'))
  try {
    const supervisor = superviseRunner({
      work,
      command: ['/nonexistent'],
      environment: {},
      onUp: () => {},
      onDown: () => Promise.resolve(),
      onNone: () => Promise.resolve(),
      onTrouble: () => {},
    })
    const line = await call
    const stopped = supervisor.stop()
    const hello = {
      pid: runner.pid,
      protocol: protocolVersion,
      runner_id: null,
      boot: 'b',
      slots: 1,
    }
    line.write(`${JSON.stringify(hello)}\n`)
    expect(await isGone).toEqual([null, 'SIGTERM'])
    line.destroy()
    await stopped
  } finally {
    runner.kill('SIGKILL')
    door.close()
    rmSync(work, { recursive: true })
  }
})
