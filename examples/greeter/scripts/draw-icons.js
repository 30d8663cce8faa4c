import { mkdirSync, writeFileSync } from 'node:fs'
import { drawIcon } from './icon.js'
import { encodePng } from './png.js'

const icons = {
  'android-mdpi': 48,
  'android-hdpi': 72,
  'android-xhdpi': 96,
  'android-xxhdpi': 144,
  'android-xxxhdpi': 192,
  'ios-120': 120,
  'ios-180': 180,
  'ios-1024': 1024,
}

mkdirSync('build/icons', { recursive: true })
for (const [name, size] of Object.entries(icons)) {
  const png = encodePng(drawIcon(size), size)
  writeFileSync(`build/icons/${name}.png`, png)
  console.log(`${name.padEnd(16)} ${`${size} × ${size}`.padStart(11)} ${kilobytes(png)}`)
}
console.log(`\n${Object.keys(icons).length} icons in build/icons`)

function kilobytes(bytes) {
  return `${(bytes.length / 1000).toFixed(1)} kB`.padStart(8)
}
