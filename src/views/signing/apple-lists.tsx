import type { AppleAccount } from '../../core/apple/show.ts'
import { paths } from '../paths.ts'
import { Button, Form } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Code, plain, Theirs } from '../ui/text.tsx'

const Stored = ({ as }: { as: string | null }) =>
  as === null ? (
    <span class="muted">Not stored here</span>
  ) : (
    <span>
      Stored as <Theirs>{as}</Theirs>
    </span>
  )

/** Apple's words of its API, as people say them; others stay as they are. */
const words: Record<string, string> = {
  IOS_APP_DEVELOPMENT: 'Development',
  IOS_APP_ADHOC: 'Ad hoc',
  IOS_APP_STORE: 'App Store',
  IOS_APP_INHOUSE: 'Enterprise',
  MAC_APP_DEVELOPMENT: 'Mac development',
  MAC_APP_STORE: 'Mac App Store',
  MAC_APP_DIRECT: 'Developer ID',
  DEVELOPMENT: 'Development',
  IOS_DEVELOPMENT: 'iOS development',
  DISTRIBUTION: 'Distribution',
  IOS_DISTRIBUTION: 'iOS distribution',
  MAC_APP_DISTRIBUTION: 'Mac App Store distribution',
  MAC_INSTALLER_DISTRIBUTION: 'Mac installer',
  DEVELOPER_ID_APPLICATION: 'Developer ID application',
  ACTIVE: 'Good',
  INVALID: 'No longer good',
  ENABLED: 'Enabled',
  DISABLED: 'Disabled',
  PROCESSING: 'Being processed by Apple',
}

const AppleWord = ({ word }: { word: string }) => <Theirs>{words[word] ?? word}</Theirs>

/** What Apple thinks of one, never by its colour alone. */
const State = ({ state }: { state: string }) => {
  const isGood = state === 'ACTIVE' || state === 'ENABLED'
  return (
    <span class={`st ${isGood ? 'success' : 'caution'}`}>
      <Icon name={isGood ? 'success' : 'warning'} />
      <AppleWord word={state} />
    </span>
  )
}

const dayOf = (date: string | null | undefined): string => date?.slice(0, 10) ?? '—'

type ProfilesProps = Pick<AppleAccount, 'profiles'> & { id: string }

/** Profiles at Apple, which of them devices are missing in, and the button that stores one. */
export const Profiles = ({ id, profiles }: ProfilesProps) =>
  profiles.length === 0 ? (
    <p class="muted">None yet.</p>
  ) : (
    <table class="rows">
      <caption class="sr-only">Profiles at Apple</caption>
      <thead>
        <tr>
          <th>Name</th>
          <th>State</th>
          <th class="right">Until</th>
        </tr>
      </thead>
      <tbody>
        {profiles.map((each) => (
          <tr>
            <td class="what">
              <strong>
                <Theirs>{each.name}</Theirs>
              </strong>
              <p>
                <AppleWord word={each.profileType} /> · <Stored as={each.heldAs} />
              </p>
              {each.heldAs === null && each.profileState === 'ACTIVE' && (
                <Form to={paths.storeProfile(id, each.id)} class="actions">
                  <Button label={`Store ${plain(each.name)} here`}>Store it here</Button>
                </Form>
              )}
            </td>
            <td>
              <State state={each.profileState} />
              {each.devices !== null && (
                <p>
                  {counted(each.devices.named)}
                  {each.devices.missing > 0 &&
                    `, ${counted(each.devices.missing)} missing: renew it`}
                </p>
              )}
            </td>
            <td class="right">{dayOf(each.expirationDate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )

/** Certificates at Apple, and under which names they are stored here. */
export const Certificates = ({ certificates }: Pick<AppleAccount, 'certificates'>) =>
  certificates.length === 0 ? (
    <p class="muted">None yet.</p>
  ) : (
    <table class="rows">
      <caption class="sr-only">Certificates at Apple</caption>
      <thead>
        <tr>
          <th>Name</th>
          <th>Serial number</th>
          <th class="right">Until</th>
        </tr>
      </thead>
      <tbody>
        {certificates.map((each) => (
          <tr>
            <td class="what">
              <strong>
                <Theirs>{each.name}</Theirs>
              </strong>
              <p>
                <AppleWord word={each.certificateType} /> · <Stored as={each.heldAs} />
              </p>
            </td>
            <td>
              <Code>{each.serialNumber}</Code>
            </td>
            <td class="right">{dayOf(each.expirationDate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )

/** Devices at Apple. */
export const Devices = ({ devices }: Pick<AppleAccount, 'devices'>) =>
  devices.length === 0 ? (
    <p class="muted">None yet.</p>
  ) : (
    <table class="rows">
      <caption class="sr-only">Devices at Apple</caption>
      <thead>
        <tr>
          <th>Name</th>
          <th>UDID</th>
          <th class="right">State</th>
        </tr>
      </thead>
      <tbody>
        {devices.map((each) => (
          <tr>
            <td class="what">
              <strong>
                <Theirs>{each.name}</Theirs>
              </strong>
              <p>
                <Theirs>{each.model ?? each.deviceClass ?? each.platform}</Theirs>
              </p>
            </td>
            <td>
              <Code>{each.udid}</Code>
            </td>
            <td class="right">
              <State state={each.status} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )

type WaitingProps = { id: string; devices: AppleAccount['waiting'] }

const counted = (devices: number): string => (devices === 1 ? '1 device' : `${devices} devices`)

/** What profiles are made for. */
export const AppIds = ({ apps }: { apps: AppleAccount['bundleIds'] }) =>
  apps.length === 0 ? (
    <p class="muted">None yet.</p>
  ) : (
    <details class="disclosure">
      <summary>{apps.length === 1 ? 'One app id' : `${apps.length} app ids`}</summary>
      <ul class="plain-list">
        {apps.map(({ identifier, name }) => (
          <li class="breakable">
            <Code>{identifier}</Code> <Theirs>{name}</Theirs>
          </li>
        ))}
      </ul>
    </details>
  )

/** Devices that are known here, each with the button that registers it. */
export const Waiting = ({ id, devices }: WaitingProps) =>
  devices.length === 0 ? null : (
    <>
      <h3>Known here, not registered at Apple</h3>
      <ul class="plain-list">
        {devices.map(({ name, udid }) => (
          <li class="breakable">
            <Form to={paths.appleDevices(id)} class="inline-form">
              <input type="hidden" name="device_name" value={name.slice(0, 50)} />
              <input type="hidden" name="udid" value={udid} />
              <Button label={`Register ${plain(name)}`}>Register</Button>
            </Form>{' '}
            <Theirs>{name}</Theirs> <Code>{udid}</Code>
          </li>
        ))}
      </ul>
    </>
  )
