import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { sha256Hex } from '../lib/crypto.ts'
import { OoreError } from '../lib/errors.ts'
import type { Answer } from './lib/answer.ts'
import { type Call, type Route, route } from './lib/route.ts'

/** The files that pages load, found once when the server starts. */
export type Assets = {
  /** `app.css` becomes `/assets/app-1f3c….css`, which never changes what it holds. */
  addressOf(name: string): string
  /** The bytes behind an address; null where there are none. */
  at(path: string): Asset | null
}

type Asset = { type: string; bytes: Uint8Array; packed(encoding: 'br' | 'gzip'): Uint8Array }

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Reads `public/`: icons by their own names, and what the build made, as its manifest says. */
export function readAssets(publicDir: string): Assets {
  const buildDir = join(publicDir, 'build')
  const manifest = JSON.parse(readFileSync(join(buildDir, 'manifest.json'), 'utf8')) as Record<
    string,
    string
  >
  const addresses = new Map(Object.entries(manifest))
  const files = new Map<string, Asset>()
  for (const address of addresses.values()) {
    files.set(address, assetOf(join(buildDir, address.slice('/assets/'.length))))
  }
  for (const name of readdirSync(publicDir)) {
    if (!name.endsWith('.svg')) continue
    const asset = assetOf(join(publicDir, name))
    const address = `/assets/${name.replace('.svg', `-${sha256Hex(asset.bytes).slice(0, 10)}.svg`)}`
    addresses.set(name, address)
    files.set(address, asset)
  }
  return {
    addressOf(name) {
      const address = addresses.get(name)
      if (address === undefined) throw new Error(`there is no asset ${name}`)
      return address
    },
    at: (path) => files.get(path) ?? null,
  }
}

function assetOf(file: string): Asset {
  const bytes = new Uint8Array(readFileSync(file))
  const kept = new Map<string, Uint8Array>()
  return {
    type: types[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    bytes,
    // Packed as small as can be, once, when someone first asks.
    packed(encoding) {
      const known = kept.get(encoding)
      if (known) return known
      const made = encoding === 'br' ? brotliCompressSync(bytes, brotli) : gzipSync(bytes)
      kept.set(encoding, made)
      return made
    },
  }
}

const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

/** Styles, scripts and icons, to be kept for ever by whoever loads them. */
export const assetRoutes = (assets: Assets): Route[] => [
  route({
    method: 'GET',
    path: '/assets/:name',
    guard: 'open',
    does: 'A file that pages load',
    run: (call) => find(assets, call),
    plain: (asset, call) => answerOf(asset, call.header('accept-encoding') ?? ''),
  }),
]

function find(assets: Assets, call: Call): Asset {
  const asset = assets.at(`/assets/${call.param('name')}`)
  if (asset) return asset
  throw new OoreError('not_found', 'There is no such file. Load the page again.')
}

function answerOf(asset: Asset, accepted: string): Answer {
  const encoding = ['br', 'gzip'].find((each) => new RegExp(`\\b${each}\\b`).test(accepted))
  const packed = encoding === 'br' || encoding === 'gzip' ? asset.packed(encoding) : null
  return {
    status: 200,
    headers: {
      'content-type': asset.type,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
      ...(packed && encoding ? { 'content-encoding': encoding } : {}),
    },
    body: new Uint8Array(packed ?? asset.bytes),
  }
}
