import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { greet, partOfDay } from '../app/greeting.js'

describe('the greeting', () => {
  test('fits the time of day', () => {
    assert.equal(greet({ name: 'Ada', hour: 8, language: 'en' }), 'Good morning, Ada!')
    assert.equal(greet({ name: 'Ada', hour: 14, language: 'en' }), 'Hello, Ada!')
    assert.equal(greet({ name: 'Ada', hour: 20, language: 'en' }), 'Good evening, Ada!')
    assert.equal(greet({ name: 'Ada', hour: 2, language: 'en' }), 'Still up, Ada?')
  })

  test('speaks the language of the phone', () => {
    assert.equal(greet({ name: 'Ada', hour: 14, language: 'de-AT' }), 'Hallo, Ada!')
    assert.equal(greet({ name: 'Ada', hour: 14, language: 'pt-BR' }), 'Olá, Ada!')
    assert.equal(greet({ name: 'Ada', hour: 14, language: 'ja' }), 'Adaさん、こんにちは')
  })

  test('falls back to English', () => {
    assert.equal(greet({ name: 'Ada', hour: 14, language: 'tlh' }), 'Hello, Ada!')
  })

  test('has a word for people without a name', () => {
    assert.equal(greet({ hour: 14, language: 'en' }), 'Hello, stranger!')
    assert.equal(greet({ name: '   ', hour: 14, language: 'de' }), 'Hallo, du!')
  })

  test('takes a name literally', () => {
    assert.equal(greet({ name: '$& {name}', hour: 14, language: 'en' }), 'Hello, $& {name}!')
  })

  test('shortens a name that would not fit, and tears no character apart', () => {
    const family = '👩‍👩‍👧'
    const shown = greet({ name: family.repeat(50), hour: 14, language: 'en' })
    assert.equal(shown, `Hello, ${family.repeat(39)}…!`)
  })
})

describe('the time of day', () => {
  test('covers every hour', () => {
    const parts = Array.from({ length: 24 }, (_, hour) => partOfDay(hour))
    assert.deepEqual(new Set(parts), new Set(['night', 'morning', 'day', 'evening']))
  })

  test('changes at 5, 11, 18 and 23', () => {
    const changes = [5, 11, 18, 23].map((hour) => [partOfDay(hour - 1), partOfDay(hour)])
    assert.deepEqual(changes, [
      ['night', 'morning'],
      ['morning', 'day'],
      ['day', 'evening'],
      ['evening', 'night'],
    ])
  })
})
