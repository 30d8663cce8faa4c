const samplesPerSide = 4

const sky = { top: [255, 183, 77], bottom: [233, 86, 120] }
const sun = [255, 244, 214]
const hill = [74, 48, 109]

/** The icon, a sun that rises behind a hill, as `size` × `size` pixels of four bytes. */
export function drawIcon(size) {
  const pixels = new Uint8Array(size * size * 4)
  const steps = size * samplesPerSide
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      pixels.set(pixelAt(x * samplesPerSide, y * samplesPerSide, steps), (y * size + x) * 4)
    }
  }
  return pixels
}

/** The mean of all samples of a pixel, which makes its edges smooth. */
function pixelAt(left, top, steps) {
  let red = 0
  let green = 0
  let blue = 0
  let inside = 0
  for (let j = 0; j < samplesPerSide; j++) {
    for (let i = 0; i < samplesPerSide; i++) {
      const color = colorAt((left + i + 0.5) / steps, (top + j + 0.5) / steps)
      if (color === null) continue
      red += color[0]
      green += color[1]
      blue += color[2]
      inside += 1
    }
  }
  if (inside === 0) return [0, 0, 0, 0]
  const alpha = (255 * inside) / samplesPerSide ** 2
  return [red / inside, green / inside, blue / inside, alpha]
}

/** The colour at a place between 0 and 1; null outside of the rounded square. */
function colorAt(x, y) {
  if (!isInRoundedSquare(x, y)) return null
  if (y > 0.74 - 0.14 * Math.sin(Math.PI * (x + 0.1))) return hill
  if (Math.hypot(x - 0.5, y - 0.56) < 0.22) return sun
  return sky.top.map((from, index) => from + (sky.bottom[index] - from) * y)
}

function isInRoundedSquare(x, y) {
  const radius = 0.22
  const dx = Math.max(0, Math.abs(x - 0.5) - (0.5 - radius))
  const dy = Math.max(0, Math.abs(y - 0.5) - (0.5 - radius))
  return Math.hypot(dx, dy) <= radius
}
