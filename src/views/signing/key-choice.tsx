import type { Credential } from '../../core/credentials/credential.ts'

/** Keys of App Store Connect that something can be done by. */
export type Keys = readonly Credential<'app_store_key'>[]

/** Which key to ask Apple by: the only one is not asked for. */
export const KeyChoice = ({ keys, id }: { keys: Keys; id: string }) => {
  const [only] = keys
  if (keys.length === 1 && only !== undefined) {
    return <input type="hidden" name="key" value={only.id} />
  }
  return (
    <select name="key" class="input" aria-label="By the key" id={`key-${id}`}>
      {keys.map((key) => (
        <option value={key.id}>{key.name}</option>
      ))}
    </select>
  )
}
