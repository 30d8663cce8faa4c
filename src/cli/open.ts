import { opensBrowsers } from '../config.ts'
import { machineVariable } from '../lib/machine-variables.ts'
import { outputOf } from '../runner/process.ts'

/**
 * Opens an address in the browser of whoever sits at this machine; false where nobody does, or it
 * did not work: the address is then theirs to copy.
 */
export async function openInBrowser(url: string): Promise<boolean> {
  if (!opensBrowsers(process.stdout.isTTY)) return false
  try {
    await outputOf('/usr/bin/open', [url], machineVariable('PATH') ?? '')
    return true
  } catch {
    return false
  }
}
