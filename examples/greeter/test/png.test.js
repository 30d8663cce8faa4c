import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { drawIcon } from '../scripts/icon.js'
import { encodePng } from '../scripts/png.js'

describe('the launcher icon', () => {
  test('has transparent corners and a solid middle', () => {
    const size = 48
    const pixels = drawIcon(size)
    const alphaAt = (x, y) => pixels[(y * size + x) * 4 + 3]
    assert.equal(alphaAt(0, 0), 0)
    assert.equal(alphaAt(size - 1, size - 1), 0)
    assert.equal(alphaAt(size / 2, size / 2), 255)
  })

  test('is written as a PNG of its size', () => {
    const png = encodePng(drawIcon(48), 48)
    assert.equal(png.subarray(1, 4).toString('latin1'), 'PNG')
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [48, 48])
    assert.equal(png.subarray(-8, -4).toString('latin1'), 'IEND')
  })
})
