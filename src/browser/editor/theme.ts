import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/*
 * The editor in the house's own colours: variables reach into its shadow root, so both themes are
 * served by the same rules.
 */

const frame = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--bg)', fontSize: '13px', height: '100%' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-gutters': {
    color: 'var(--text-soft)',
    backgroundColor: 'var(--bg-soft)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in oklab, var(--bg-hover) 60%, transparent)',
  },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground':
    { backgroundColor: 'color-mix(in oklab, var(--focus) 28%, transparent)' },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in oklab, var(--focus) 16%, transparent)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--bg-chosen)', color: 'inherit' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--failure-soft)' },
  '.cm-searchMatch': {
    backgroundColor: 'var(--caution-soft)',
    outline: '1px solid var(--caution)',
  },
  '.cm-searchMatch-selected': {
    backgroundColor: 'color-mix(in oklab, var(--focus) 35%, transparent)',
  },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--bg-soft)' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel input, .cm-panel button': { font: 'inherit', fontSize: '13px', color: 'inherit' },
  '.cm-textfield': {
    border: '1px solid var(--control-line)',
    borderRadius: '4px',
    backgroundColor: 'var(--bg)',
  },
  '.cm-button': {
    border: '1px solid var(--line-strong)',
    borderRadius: '4px',
    backgroundColor: 'var(--bg)',
    backgroundImage: 'none',
    minHeight: '24px',
  },
  '.cm-button:active': { backgroundImage: 'none', backgroundColor: 'var(--bg-chosen)' },
  '.cm-panel.cm-search label': { fontSize: '13px' },
  '.cm-tooltip': {
    color: 'var(--text)',
    backgroundColor: 'var(--bg)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius)',
    maxWidth: '60ch',
  },
  '.cm-diagnostic': { fontFamily: 'var(--sans)', padding: '6px 10px', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--failure)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--caution)' },
  '.cm-lintRange': { backgroundImage: 'none', textDecoration: 'underline wavy 1px' },
  '.cm-lintRange-error': { textDecorationColor: 'var(--failure)' },
  '.cm-lintRange-warning': { textDecorationColor: 'var(--caution)' },
  '.cm-lint-marker': { width: '10px', height: '10px', content: 'none' },
  // Told apart by shape too: a disc for errors, a triangle for warnings.
  '.cm-lint-marker-error': {
    content: 'none',
    borderRadius: '50%',
    backgroundColor: 'var(--failure)',
  },
  '.cm-lint-marker-warning': {
    content: 'none',
    backgroundColor: 'var(--caution)',
    clipPath: 'polygon(50% 0, 100% 100%, 0 100%)',
  },
})

const colours = HighlightStyle.define([
  { tag: [tags.comment, tags.meta], color: 'var(--text-soft)', fontStyle: 'italic' },
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: 'var(--running)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--success)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--caution)' },
  { tag: [tags.labelName, tags.typeName], color: 'var(--caution)', fontWeight: '600' },
  {
    tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace],
    color: 'var(--text-soft)',
  },
  { tag: tags.invalid, color: 'var(--failure)' },
])

export const theme = [frame, syntaxHighlighting(colours)]
