import { chmodSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { socketPath } from '../../src/lib/socket-path.ts'

describe('socketPath', () => {
  test('a short directory holds its own sockets', () => {
    expect(socketPath('/srv/oore', 'server.sock')).toBe('/srv/oore/server.sock')
  })

  test('the limit is counted in bytes', () => {
    const name = 'x'
    expect(socketPath(`/${'a'.repeat(97)}`, name)).toBe(`/${'a'.repeat(97)}/x`)
    using long = shortOf(`/${'ä'.repeat(49)}`)
    expect(long.path).toMatch(/^\/tmp\/oore-[0-9a-f]{16}\/server\.sock$/)
  })

  test('a long directory gets a private one in /tmp, always the same', () => {
    const directory = join(`/nonexistent/${newId()}`, 'd'.repeat(120))
    using short = shortOf(directory)
    expect(statSync(dirname(short.path)).mode & 0o777).toBe(0o700)
    expect(socketPath(`${directory}/`, 'server.sock')).toBe(short.path)
    using other = shortOf(`${directory}e`)
    expect(other.path).not.toBe(short.path)
  })

  test('a directory there that others may open is refused, with what to do', () => {
    const directory = join(`/nonexistent/${newId()}`, 'e'.repeat(120))
    using short = shortOf(directory)
    chmodSync(dirname(short.path), 0o777)
    expect(() => socketPath(directory, 'server.sock')).toThrow(/move .* to a shorter path/)
  })
})

function shortOf(directory: string) {
  const path = socketPath(directory, 'server.sock')
  return { path, [Symbol.dispose]: () => rmSync(dirname(path), { recursive: true, force: true }) }
}
