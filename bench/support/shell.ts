import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A directory of its own for one row, and its removal. */
export function scratch(): { dir: string; [Symbol.dispose](): void } {
  const dir = mkdtempSync(join(tmpdir(), 'oore-bench-'))
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

/** Makes a git repository of these files, with one commit on `main`. Returns its directory. */
export function gitRepository(parent: string, files: Record<string, string>): string {
  const dir = mkdtempSync(join(parent, 'repo-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(dir, name, '..'), { recursive: true })
    writeFileSync(join(dir, name), content)
  }
  const author = ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost']
  git(dir, ['init', '--quiet', '--initial-branch=main'])
  git(dir, ['add', '--all'])
  git(dir, [...author, 'commit', '--quiet', '--message=First'])
  return dir
}

/** The workflow `bench` with these scripts, as oore.yaml. */
export function workflow(scripts: readonly string[]): string {
  const items = scripts.map((script) => `      - ${JSON.stringify(script)}\n`)
  return `workflows:\n  bench:\n    name: bench\n    scripts:\n${items.join('')}`
}

/**
 * What a build is at the least: clone, run each script by a shell of its own, output to a file,
 * remove the clone. Returns the program; its arguments are the repository and the directory.
 */
export function leastBuild(parent: string, scripts: readonly string[]): string {
  const file = join(parent, 'least-build.sh')
  const names = scripts.map((script, at) => {
    const name = join(parent, `step-${at}.sh`)
    writeFileSync(name, `${script}\n`)
    return name
  })
  const lines = [
    'set -e',
    'work=$(mktemp -d "$2/work-XXXXXX")',
    'git clone --quiet "file://$1" "$work/clone"',
    'cd "$work/clone"',
    ...names.map((name, at) => `bash --posix ${name} > "$work/${at}.log" 2>&1`),
    'cd /',
    'rm -rf "$work"',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

/** Runs a program to its end and returns how long it took, in milliseconds. */
export async function timed(command: string, args: readonly string[]): Promise<number> {
  const startedAt = performance.now()
  const child = spawn(command, args, { stdio: 'ignore' })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}`)
  return performance.now() - startedAt
}

function git(dir: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', ['-C', dir, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
}
