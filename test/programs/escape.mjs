#!/usr/bin/env node
// Leaves processes behind that left the session and the parent: one by setsid, one by two forks.
import { spawn } from 'node:child_process'
const inSession = spawn('sleep', ['3600'], { detached: true, stdio: 'inherit' })
const twice = spawn('sh', ['-c', 'sh -c "exec sleep 3600" & echo twice $!'], {
  detached: true,
  stdio: 'inherit',
})
inSession.unref()
twice.on('exit', () => {
  process.stdout.write(`escaped ${inSession.pid}\n`)
  if (process.argv[2] === 'stay') setInterval(() => {}, 60_000)
  else process.exit(0)
})
