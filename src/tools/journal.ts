import { appendFileSync } from 'node:fs'
import { machineVariable } from '../lib/machine-variables.ts'

/** What the runner undoes after the build (runner/signing/build-journal.ts). */
type Undo =
  { kind: 'keychain' | 'file'; path: string } | { kind: 'search_list' | 'default_keychain' }

/** Notes what is about to be changed, where a runner has named its journal. */
export function note(undo: Undo): void {
  const journal = machineVariable('OORE_SIGNING_JOURNAL')
  if (journal) appendFileSync(journal, `${JSON.stringify({ undo })}\n`)
}
