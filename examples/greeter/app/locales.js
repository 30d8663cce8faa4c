import { readFileSync, readdirSync } from 'node:fs'

const directory = new URL('../locales/', import.meta.url)

export const languages = readdirSync(directory)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .toSorted()

const texts = new Map(languages.map((language) => [language, read(language)]))

/** The texts of `pt-BR` are those of `pt`; of a language we do not have, the English ones. */
export function textsFor(language) {
  return texts.get(language) ?? texts.get(language.split('-')[0]) ?? texts.get('en')
}

function read(language) {
  return JSON.parse(readFileSync(new URL(`${language}.json`, directory), 'utf8'))
}
