import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { languages, textsFor } from '../app/locales.js'

const english = textsFor('en')

describe('the translations', () => {
  for (const language of languages) {
    test(`${language} has every text and nothing more`, () => {
      assert.deepEqual(Object.keys(textsFor(language)).toSorted(), Object.keys(english).toSorted())
    })

    test(`${language} keeps the place of the name`, () => {
      for (const [key, text] of Object.entries(textsFor(language))) {
        assert.equal(text.includes('{name}'), english[key].includes('{name}'), `${language}.${key}`)
      }
    })
  }
})
