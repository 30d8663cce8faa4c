import { mkdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where one build lives. Only its owner may look inside. */
export type Workspace = {
  root: string
  /** The code at the commit that is built. */
  clone: string
  /** Where the steps start that run before the code is there. */
  beforeClone: string
  /** TMPDIR of the steps. */
  temporary: string
  /** HOME of a build of a fork: what it leaves there no other build finds. */
  home: string
  /** One file per script item. */
  scripts: string
  /** Named pipes, each only until its step has opened it. */
  pipes: string
  /** Where all builds take their pipes from. */
  pipeStock: string
  /** CM_EXPORT_DIR: what is put here becomes an artifact. */
  exports: string
  /** CM_BUILD_OUTPUT_DIR. */
  output: string
  /** CM_ENV. */
  environmentFile: string
  /** Keystores, keychains and what else signs; there only while the build runs. */
  signing: string
}

/** The paths of a build's workspace, free of links, whether or not it is there. */
export function workspaceOf(workspacesDir: string, buildId: string): Workspace {
  mkdirSync(workspacesDir, { recursive: true, mode: 0o700 })
  const all = realpathSync(workspacesDir)
  const root = join(all, buildId)
  return {
    root,
    clone: join(root, 'clone'),
    beforeClone: join(root, 'before-clone'),
    temporary: join(root, 'tmp'),
    home: join(root, 'home'),
    scripts: join(root, 'scripts'),
    pipes: join(root, 'pipes'),
    pipeStock: join(all, '.pipes'),
    exports: join(root, 'export'),
    output: join(root, 'output'),
    environmentFile: join(root, 'variables'),
    signing: join(root, 'signing'),
  }
}

/**
 * Makes the directories, empty; what an earlier try of the same build left is removed. Those that
 * end up in packages have the usual mode: nobody else gets past the root. Returns the time of it,
 * by the clock of the file system.
 */
export function makeWorkspace(workspace: Workspace): number {
  const { root, clone, beforeClone, temporary, home, scripts, pipes, exports, output } = workspace
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const own = [beforeClone, temporary, home, scripts, pipes]
  for (const directory of own) mkdirSync(directory, { mode: 0o700 })
  for (const directory of [clone, exports, output]) mkdirSync(directory, { mode: 0o755 })
  // Scripts read it by `source "$CM_ENV"`, which ends the shell where there is no such file.
  writeFileSync(workspace.environmentFile, '', { mode: 0o600 })
  return statSync(root).mtimeMs
}

/** What a step before the checkout has put in the place of the code goes: git wants it empty. */
export function emptyClone({ clone }: Workspace): void {
  rmSync(clone, { recursive: true, force: true })
  mkdirSync(clone, { mode: 0o755 })
}
