import { startCopying } from './copy.ts'
import { startDialogs } from './dialog.ts'
import { startDropping } from './drop.ts'
import { startForms } from './forms.ts'
import { startKeys } from './keys.ts'
import { startLive } from './live.ts'
import { startLog } from './log.ts'
import { startTime } from './time.ts'

/*
 * Everything here improves pages that already work. It listens on the document, so that parts
 * which are swapped in need no setting up.
 */
startTime()
startCopying()
startDialogs()
startDropping()
startForms()
startLive()
startLog()
startKeys()
