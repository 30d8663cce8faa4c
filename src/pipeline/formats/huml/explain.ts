import { clipped } from '../../findings.ts'
import { keyText, quoted } from './strings.ts'
import type { Token } from './tokens.ts'

/** What is wrong, and what to write instead. */
export type Told = { message: string; suggestion: string | null }

const shownMax = 60

export const shown = (text: string): string => clipped(text, shownMax)

/** What people who know YAML write where HUML wants a value. */
const valueHabits: { pattern: RegExp; told(text: string): Told }[] = [
  {
    pattern: /^\t/,
    told: () => ({ message: 'A tab stands before the value.', suggestion: 'Write one blank.' }),
  },
  {
    pattern: /^```/,
    told: () => ({
      message: 'Text of several lines is not written between backticks.',
      suggestion: 'Write """ instead of ```.',
    }),
  },
  {
    pattern: /^[|>][-+\d]*$/,
    told: (text) => ({
      message: `HUML has no "${text}" for text of several lines.`,
      suggestion: 'Write """, the text below it, and """ in a line of its own.',
    }),
  },
  {
    pattern: /^'/,
    told: (text) => ({
      message: 'Strings are in double quotes in HUML.',
      suggestion: `Write ${quoted(shown(text.replace(/^'|'$/g, '')))}.`,
    }),
  },
  {
    pattern: /^\[/,
    told: () => ({
      message: 'A list is written without brackets in HUML.',
      suggestion: 'Write :: "a", "b" in one line, or a line with "- " for each item.',
    }),
  },
  {
    pattern: /^\{/,
    told: () => ({
      message: 'A mapping is written without braces in HUML.',
      suggestion: 'Write :: a: 1, b: 2 in one line, or a line for each key.',
    }),
  },
  {
    pattern: /^[&*][\w-]+/,
    told: () => ({
      message: 'HUML has no anchors and aliases.',
      suggestion: 'Write the value out; if it is text, put it in quotes.',
    }),
  },
  {
    pattern: /^(true|false|null|nan|inf)$/i,
    told: (text) => ({
      message: `"${text}" is written in small letters in HUML.`,
      suggestion: `Write ${text.toLowerCase()}, or ${quoted(text)} if it is text.`,
    }),
  },
  {
    pattern: /^~$/,
    told: () => ({ message: 'HUML has no "~".', suggestion: 'Write null.' }),
  },
  {
    pattern: /^[+-]?\d[\w.]*$/,
    told: (text) => ({
      message: `"${shown(text)}" is no number.`,
      suggestion: `If it is a version or other text, quote it: write ${quoted(shown(text))}.`,
    }),
  },
]

/** Of something that stands where a value belongs and is none. `rest` is the line from there on. */
export function explainValue(token: Token, rest: string): Told {
  if (token.kind === 'sign' && token.text === '"""') {
    return {
      message: 'Text between """ cannot stand in a list or mapping of one line.',
      suggestion: String.raw`Write each item in a line of its own, or "one\ntwo" for two lines.`,
    }
  }
  if (token.kind === 'sign') {
    const isVector = /^(::|\[\]|\{\})$/.test(token.text)
    return {
      message: `A value is missing before "${token.text}".`,
      suggestion: isVector
        ? 'A list or a mapping follows two colons directly after a key: "key:: []".'
        : 'Write one, such as "text", 1 or true.',
    }
  }
  const text = rest.replace(/ #.*$/, '').trimEnd()
  const habit = valueHabits.find(({ pattern }) => pattern.test(text))
  if (habit !== undefined) return habit.told(text)
  return { message: `Strings are quoted in HUML: write ${quoted(shown(text))}.`, suggestion: null }
}

/** Of something that stands where a key belongs and is none. `rest` is the line from there on. */
export function explainKey(token: Token, rest: string): Told {
  if (rest.startsWith('- ') || rest === '-') {
    return {
      message: 'A list item stands here among keys.',
      suggestion: 'Indent the items of a list by 2 blanks below a key with "::".',
    }
  }
  if (rest.startsWith('//')) {
    return { message: 'Comments begin with "# " in HUML.', suggestion: 'Write "# " for "//".' }
  }
  if (token.kind === 'sign' && token.text.startsWith(':')) {
    return {
      message: `A key is missing before "${token.text}".`,
      suggestion:
        'Write one, such as "name: 1"; at the top of the file nothing stands before keys.',
    }
  }
  const raw = /^[^\s:"][^:"]*(?=:)/.exec(rest)?.[0].trimEnd()
  if (raw !== undefined) {
    return {
      message: `The key "${shown(raw)}" must be in quotes: it has other signs than A-Z, 0-9, _ and -.`,
      suggestion: `Write ${quoted(shown(raw))}:`,
    }
  }
  return {
    message: `A key must begin this line, found ${JSON.stringify(shown(rest))}.`,
    suggestion: 'Write a key, a colon, a blank and a value: name: "iOS".',
  }
}

/** Of a key that no colon follows; `rest` is what does. */
export function explainMissingColon(key: string, rest: string): Told {
  const value = rest.replace(/^ *=/, '').trim()
  const isValue = /^("|[-+]?\d|(true|false|null)$)/.test(value)
  const example = isValue ? shown(value) : quoted(value === '' ? '…' : shown(value))
  return {
    message: `A colon is missing after "${shown(key)}".`,
    suggestion: `Write ${keyText(shown(key))}: ${example}`,
  }
}

export const blanks = (count: number): string =>
  count === 0 ? 'no blank' : count === 1 ? '1 blank' : `${count} blanks`
