import { type Spot, warning } from '../findings.ts'
import { nearest } from '../nearest.ts'
import type { Node } from '../tree.ts'
import { either, key, map, mismatch, text, type Shape } from './shapes.ts'

/**
 * A version as written: `3.10` stays `3.10`, and `16.0` stays `16.0`, whatever number YAML sees
 * in it. Of words only those that mean a version are known; with a digit in it, any text is one.
 */
function version(
  words: readonly string[],
  example: string,
  alsoKnown: RegExp = /(?!)/,
): Shape<string> {
  const shape: Shape<string> = {
    wants: `a version or one of ${words.join(', ')}`,
    remedy: `Write a version such as ${example}.`,
    schema: { anyOf: [{ enum: words }, text.schema] },
    read(node, spot) {
      if (node.kind !== 'scalar') return mismatch(shape, node, spot)
      const isKnown = words.includes(node.text) || alsoKnown.test(node.text)
      if (node.open || isKnown || /[\d$]/.test(node.text)) return node.text
      const similar = nearest(node.text, [...words])
      return mismatch(shape, node, spot, similar === null ? null : `Did you mean ${similar}?`)
    },
  }
  return shape
}

const flutterVersion = version(['stable', 'beta', 'master', 'main', 'fvm', 'default'], '3.27.3')

/** The channel `dev` was closed in 2022; a file that still asks for it should not fail. */
const flutterChannel: Shape<string> = {
  ...flutterVersion,
  read(node, spot) {
    if (node.kind !== 'scalar' || node.text !== 'dev') return flutterVersion.read(node, spot)
    warning(spot, node.at, 'The Flutter channel "dev" no longer exists.', 'Write "beta".')
    return 'beta'
  },
}

const flutterMap = map(
  {
    called: 'flutter',
    keys: {
      version: key(flutterChannel, 'The channel or version.', 'version: 3.27.3'),
      flavor: key(text, 'Kept for files that have it.', 'flavor: staging'),
    },
    required: { version: 'Write "version: stable" in it.' },
  },
  '{ version: stable }',
)

const flutter = either(flutterChannel, (node: Node) => node.kind !== 'map', {
  ...flutterMap,
  read: (node: Node, spot: Spot) => flutterMap.read(node, spot)?.version ?? null,
})

/** The long-term lines by name, https://github.com/nodejs/Release: each begins with the next letter. */
const nodeLines =
  /^(lts\/)?(\*|argon|boron|carbon|dubnium|erbium|fermium|gallium|hydrogen|iron|jod|krypton|lithium)$/i

/** Tools whose version a workflow asks for, in the order in which the reference lists them. */
export const softwareKeys = {
  flutter: key(
    flutter,
    'The Flutter to use: a channel, a version, or `fvm` for the one that `.fvmrc` names. A version that fvm has installed on the machine is taken; else the Flutter on its `PATH`, and the log says so.',
    'flutter: stable',
  ),
  xcode: key(
    version(['latest', 'edge', 'default'], '16.2'),
    'The Xcode to use. `/Applications/Xcode-16.2.app` and the like are found by their version; else the selected Xcode is used, and the log says so.',
    'xcode: 16.2',
  ),
  cocoapods: key(
    version(['default', 'latest'], '1.15.2'),
    'The CocoaPods asked for. The machine’s own is used.',
    'cocoapods: default',
  ),
  node: key(
    version(['default', 'latest', 'current', 'lts', 'nightly'], '22.13.1', nodeLines),
    'The Node.js to use: a version that nvm has installed on the machine, else the one on its `PATH`.',
    'node: v22.13.1',
  ),
  npm: key(
    version(['default', 'latest', 'next', 'lts'], '10'),
    'The npm asked for. The machine’s own is used.',
    'npm: 10',
  ),
  java: key(
    version(['default', 'latest'], '17'),
    'The Java to use, by its major version, where such a JDK is installed in the usual place; else the machine’s own.',
    'java: 17',
  ),
  ruby: key(
    version(['default', 'latest'], '3.3'),
    'The Ruby asked for. The machine’s own is used.',
    'ruby: default',
  ),
  ndk: key(
    version(['default', 'latest'], 'r27'),
    'The Android NDK asked for. The machine’s own is used.',
    'ndk: r27',
  ),
  unity: key(
    version(['default', 'latest'], '2021.3.15f1'),
    'The Unity asked for. The machine’s own is used.',
    'unity: 2021.3.15f1',
  ),
  ubuntu: key(
    version(['default', 'latest'], '24.04'),
    'The Ubuntu asked for. The build runs on the system of the machine.',
    'ubuntu: 24.04',
  ),
}
