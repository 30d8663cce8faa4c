import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands'
import { yamlLanguage } from '@codemirror/lang-yaml'
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language'
import { lintGutter, lintKeymap } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  type KeyBinding,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { startChecking } from './check.ts'
import { humlLanguage } from './huml.ts'
import { theme } from './theme.ts'

/**
 * Puts an editor in the place of a textarea, which goes on holding the text: the form sends what it
 * always sends. It lives in a shadow root, because there CodeMirror hands its styles over as
 * objects; in the page itself it would write a style element, which our policy refuses.
 */
export function startEditor(frame: HTMLElement, textarea: HTMLTextAreaElement): void {
  const label = frame.querySelector('label')
  const host = document.createElement('div')
  host.className = 'editor-host'
  const root = host.attachShadow({ mode: 'open' })
  let isSending = false
  const view = new EditorView({
    doc: textarea.value,
    root,
    parent: root,
    extensions: [
      lineNumbers(),
      lintGutter(),
      history(),
      drawSelection(),
      indentUnit.of('  '),
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      search({ top: true }),
      frame.dataset['editor'] === 'huml' ? humlLanguage : yamlLanguage,
      theme,
      keymap.of([...tabKeys, ...lintKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
      EditorView.contentAttributes.of({
        // Focusable anyway; said for what looks at a scrolling region only from outside.
        tabindex: '0',
        'aria-label': label?.textContent ?? 'Configuration',
        spellcheck: 'false',
        autocapitalize: 'off',
      }),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return
        textarea.value = update.state.doc.toString()
        textarea.dispatchEvent(new Event('input', { bubbles: true }))
      }),
    ],
  })
  textarea.hidden = true
  textarea.after(host)
  label?.addEventListener('click', () => view.focus())
  const begun = textarea.value
  textarea.form?.addEventListener('submit', () => (isSending = true))
  addEventListener('beforeunload', (event) => {
    if (!isSending && textarea.value !== begun) event.preventDefault()
  })
  // A page that the browser kept comes back with its form as it was left.
  addEventListener('pageshow', () => {
    isSending = false
    const { doc } = view.state
    if (textarea.value === doc.toString()) return
    view.dispatch({ changes: { from: 0, to: doc.length, insert: textarea.value } })
  })
  startChecking(view, textarea, {
    address: frame.dataset['check'] ?? '',
    format: frame.dataset['editor'] ?? 'yaml',
  })
}

/**
 * Tab indents, so it cannot lead on: after Escape it does, as CodeMirror arranges it. Every page
 * that traps a key has to say so (WCAG 2.1.2); the hint below the editor does.
 */
const tabKeys: KeyBinding[] = [
  {
    key: 'Tab',
    run: (view) => {
      const { state } = view
      if (state.readOnly) return false
      if (state.selection.ranges.some((range) => !range.empty)) return indentMore(view)
      view.dispatch(state.update(state.replaceSelection('  '), { userEvent: 'input' }))
      return true
    },
    shift: indentLess,
  },
]
