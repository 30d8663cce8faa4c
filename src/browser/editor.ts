import { find } from './dom.ts'
import { startEditor } from './editor/editor.ts'

/*
 * The editor of pipelines, a script of its own because only one page needs it. The page works
 * without: what is sent is always the textarea, and checking is a button.
 */
const frame = find('[data-editor]')
const textarea = frame?.querySelector('textarea')
if (frame !== null && textarea) startEditor(frame, textarea)
