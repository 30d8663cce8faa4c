/*
 * QR codes of our own addresses. They are black on white in every theme, with the margin that the
 * standard asks for (ISO/IEC 18004: four modules), because cameras look for just that.
 */

const margin = 4
const pixelsWide = 264

/** A QR code as SVG. It names no style and no script, so it shows under any policy. */
export async function qrSvg(text: string): Promise<string> {
  return (await qrcode()).toString(text, { type: 'svg', margin })
}

/** A QR code as PNG. */
export async function qrPng(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const png = await (await qrcode()).toBuffer(text, { type: 'png', margin, width: pixelsWide })
  return new Uint8Array(png)
}

/** Loaded when a code is first drawn. */
const qrcode = async () => (await import('qrcode')).default
