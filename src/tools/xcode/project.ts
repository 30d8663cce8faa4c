import { join } from 'node:path'
import {
  edited,
  type Edit,
  type OpenstepDictionary,
  openstepText,
  type OpenstepValue,
  readOpenstep,
} from '../../lib/plist/openstep.ts'

/** A build configuration of a target that is signed. */
export type SignedConfiguration = {
  target: string
  configuration: string
  /** With its references put in; null where one of them is not known here. */
  bundleId: string | null
  /** As it is written. */
  writtenBundleId: string
  settings: OpenstepDictionary
}

export type XcodeProject = { source: string; configurations: SignedConfiguration[] }

/** What is signed with a profile; tests, libraries and frameworks of a project are not. */
const signedProducts =
  /^com\.apple\.product-type\.(application|app-extension|watchkit|extensionkit-extension|tv-app-extension)/

/** The settings in a file, by its path from the directory of the project. */
export type SettingsAt = (path: string) => ReadonlyMap<string, string>

/**
 * Reads a project.pbxproj, with the .xcconfig files that its configurations are based on. Throws
 * NoOpenstep, or Error where it is no project.
 */
export function readProject(source: string, settingsAt: SettingsAt): XcodeProject {
  const top = readOpenstep(source)
  const objects = dictionaryIn(top, 'objects')
  if (objects === null) throw new Error('it has no objects')
  const object = (id: string | null) => (id === null ? null : dictionaryIn(objects, id))
  const all = [...objects.entries.values()].filter((each) => each.is === 'dictionary')
  const project = all.find((each) => textIn(each, 'isa') === 'PBXProject')
  const listOf = (owner: OpenstepDictionary) => object(textIn(owner, 'buildConfigurationList'))
  const configurationsOf = (owner: OpenstepDictionary) =>
    textsIn(listOf(owner), 'buildConfigurations').flatMap((id) => object(id) ?? [])
  const ofProject = project === undefined ? [] : configurationsOf(project)

  const configurations = all
    .filter(
      (each) =>
        textIn(each, 'isa') === 'PBXNativeTarget' &&
        signedProducts.test(textIn(each, 'productType') ?? ''),
    )
    .flatMap((target) =>
      configurationsOf(target).flatMap((configuration) => {
        const settings = dictionaryIn(configuration, 'buildSettings')
        if (settings === null) return []
        const name = textIn(configuration, 'name') ?? ''
        const above = ofProject.find((each) => textIn(each, 'name') === name)
        // "Build settings reference" of Xcode: the target before the project, each before its file.
        const layers = [configuration, ...(above === undefined ? [] : [above])].flatMap((each) => {
          const file = basePathOf(each, objects)
          const base = file === null ? null : settingsAt(file)
          const own = dictionaryIn(each, 'buildSettings')
          return [(key: string) => textIn(own, key), (key: string) => base?.get(key) ?? null]
        })
        const targetName = textIn(target, 'name') ?? ''
        const known = (key: string): string | null =>
          key === 'TARGET_NAME' || key === 'PRODUCT_NAME'
            ? (settingIn(layers, key)?.replace('$(TARGET_NAME)', targetName) ?? targetName)
            : settingIn(layers, key)
        const written = known('PRODUCT_BUNDLE_IDENTIFIER') ?? ''
        return [
          {
            target: targetName,
            configuration: name,
            writtenBundleId: written,
            bundleId: expanded(written, known, 0),
            settings,
          },
        ]
      }),
    )
  return { source, configurations }
}

type Layer = (key: string) => string | null

const settingIn = (layers: readonly Layer[], key: string): string | null =>
  layers.map((layer) => layer(key)).find((text) => text !== null) ?? null

/** The .xcconfig that a configuration is based on, from the directory of the project; null for none. */
function basePathOf(configuration: OpenstepDictionary, objects: OpenstepDictionary): string | null {
  const reference = textIn(configuration, 'baseConfigurationReference')
  if (reference !== null) return pathOf(reference, objects, 0)
  // Since Xcode 16 it may be named by its place in a folder.
  const anchor = textIn(configuration, 'baseConfigurationReferenceAnchor')
  const within = textIn(configuration, 'baseConfigurationReferenceRelativePath')
  const folder = anchor === null ? null : pathOf(anchor, objects, 0)
  return within === null ? null : joined(folder, within)
}

const groupsMax = 100

/** Where a file or a group of the project is: below its groups, unless it says otherwise. */
function pathOf(id: string, objects: OpenstepDictionary, depth: number): string | null {
  const own = dictionaryIn(objects, id)
  if (own === null || depth > groupsMax) return null
  const path = textIn(own, 'path') ?? ''
  const tree = textIn(own, 'sourceTree') ?? '<group>'
  if (tree === 'SOURCE_ROOT') return path
  if (tree !== '<group>') return null
  const above = [...objects.entries].find(
    ([, each]) => each.is === 'dictionary' && textsIn(each, 'children').includes(id),
  )
  return above === undefined ? path : joined(pathOf(above[0], objects, depth + 1), path)
}

const joined = (folder: string | null, path: string): string | null =>
  folder === null ? null : join(folder, path)

const referencesMax = 10

/** `$(NAME)`, `${NAME}`, `$(NAME:rfc1034identifier)`; null where one is not known. */
function expanded(
  text: string,
  known: (key: string) => string | null,
  depth: number,
): string | null {
  if (depth > referencesMax) return null
  const reference = /\$[({]([A-Za-z_]\w*)(?::(\w+))?[)}]/.exec(text)
  if (reference === null) return text === '' ? null : text
  const [whole, name = '', modifier] = reference
  const value = known(name)
  if (value === null) return null
  const put = modifier?.includes('1034') ? value.replace(/[^A-Za-z0-9.-]/g, '-') : value
  return expanded(
    text.replace(whole, () => put),
    known,
    depth + 1,
  )
}

function dictionaryIn(value: OpenstepValue | null, key: string): OpenstepDictionary | null {
  const found = value?.is === 'dictionary' ? value.entries.get(key) : undefined
  return found?.is === 'dictionary' ? found : null
}

function textIn(value: OpenstepValue | null, key: string): string | null {
  const found = value?.is === 'dictionary' ? value.entries.get(key) : undefined
  return found?.is === 'text' ? found.text : null
}

function textsIn(value: OpenstepDictionary | null, key: string): string[] {
  const found = value?.entries.get(key)
  return found?.is === 'list'
    ? found.items.flatMap((item) => (item.is === 'text' ? [item.text] : []))
    : []
}

export type ManualSigning = { teamId: string; profile: string; identity: string }

/** The project with these configurations signed by hand; every other byte stays as it is. */
export function withManualSigning(
  { source }: XcodeProject,
  signings: ReadonlyMap<SignedConfiguration, ManualSigning>,
): string {
  const edits = [...signings].flatMap(([{ settings }, { teamId, profile, identity }]) =>
    settingEdits(source, settings, {
      CODE_SIGN_STYLE: 'Manual',
      CODE_SIGN_IDENTITY: identity,
      DEVELOPMENT_TEAM: teamId,
      PROVISIONING_PROFILE_SPECIFIER: profile,
    }),
  )
  return edited(source, edits)
}

/** Settings of one SDK win over the general ones, so those that are there are changed as well. */
const forSdk = /^(CODE_SIGN_IDENTITY|DEVELOPMENT_TEAM|PROVISIONING_PROFILE_SPECIFIER)\[sdk=/

function settingEdits(
  source: string,
  settings: OpenstepDictionary,
  wanted: Record<string, string>,
): Edit[] {
  const edits: Edit[] = []
  for (const [key, value] of settings.entries) {
    const name = forSdk.exec(key)?.[1] ?? key
    const to = wanted[name]
    // The old way to name a profile, which Xcode holds against the new one.
    const isOld = key === 'PROVISIONING_PROFILE' || key.startsWith('PROVISIONING_PROFILE[')
    if (isOld) edits.push({ start: value.start, end: value.end, to: '""' })
    else if (to !== undefined) {
      edits.push({ start: value.start, end: value.end, to: openstepText(to) })
    }
  }
  const missing = Object.entries(wanted).filter(([key]) => !settings.entries.has(key))
  const indent = indentOf(source, settings)
  const lines = missing.map(([key, value]) => `\n${indent}${key} = ${openstepText(value)};`)
  const start = settings.start + 1
  return lines.length === 0 ? edits : [...edits, { start, end: start, to: lines.join('') }]
}

/** As the first setting is indented, or one further than the line that the settings begin on. */
function indentOf(source: string, { start }: OpenstepDictionary): string {
  const next = /^\{[^\S\n]*\n([^\S\n]*)\S/.exec(source.slice(start))?.[1]
  if (next !== undefined && next !== '') return next
  const line = source.lastIndexOf('\n', start) + 1
  return `${/^\s*/.exec(source.slice(line))?.[0] ?? ''}\t`
}
