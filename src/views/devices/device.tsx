import type { Credential } from '../../core/credentials/credential.ts'
import type { DeviceUse } from '../../core/devices/profiles.ts'
import type { Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { KeyChoice, type Keys } from '../signing/key-choice.tsx'
import { profileKindWords } from '../signing/words.ts'
import { Copy } from '../ui/copy.tsx'
import { TextField } from '../ui/field.tsx'
import { Button, Form, FormProblems, PostButton } from '../ui/form.tsx'
import { Code, plain, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

type DevicePageProps = {
  shell: Shell
  use: DeviceUse
  values: { name: string }
  errors: readonly FieldError[]
  /** Why it was not registered at Apple. */
  registerErrors: readonly FieldError[]
  now: Millis
}

/** A device, what it is registered for, and what may be installed on it. */
export const DevicePage = (props: DevicePageProps) => {
  const { shell, use, values, errors, registerErrors, now } = props
  const { device, profiles, keys } = use
  const mayChange = shell.may('signing.change')
  return (
    <Page
      shell={shell}
      title={plain(device.name)}
      width="narrow"
      crumbs={[
        { name: 'Signing', href: paths.signing() },
        { name: 'Devices', href: paths.devices() },
        { name: device.name },
      ]}
    >
      <h1>
        <Theirs>{device.name}</Theirs>
      </h1>
      <p class="sub">
        {device.isEnrolled ? 'It told of itself by a link' : 'Added by hand'}{' '}
        <Ago at={device.createdAt} now={now} />
      </p>
      <dl class="pairs">
        <dt>UDID</dt>
        <dd class="breakable">
          <Code>{device.udid}</Code>
          <Copy text={device.udid} label="Copy the UDID" />
        </dd>
        <dt>Model</dt>
        <dd>{device.product === null ? 'Not told' : <Theirs>{device.product}</Theirs>}</dd>
        <dt>Version</dt>
        <dd>{device.osVersion === null ? 'Not told' : <Theirs>{device.osVersion}</Theirs>}</dd>
      </dl>
      <AtApple use={use} mayChange={mayChange} errors={registerErrors} />
      <section class="section" aria-labelledby="profiles-title">
        <h2 id="profiles-title">Profiles</h2>
        {profiles.length === 0 ? (
          <p class="muted">No profile for ad hoc or development is stored.</p>
        ) : (
          <ul class="plain-list device-profiles">
            {profiles.map((each) => (
              <li class="breakable">
                <ProfileOfDevice {...each} udid={device.udid} keys={keys} mayChange={mayChange} />
              </li>
            ))}
          </ul>
        )}
      </section>
      {mayChange && (
        <section class="section" aria-labelledby="rename-title">
          <h2 id="rename-title">Name</h2>
          <FormProblems errors={errors} />
          <Form to={paths.device(device.id)} class="stack">
            <TextField
              name="name"
              label="What it is called here"
              value={values.name}
              errors={errors}
              required
              hint="At Apple it keeps the name that it was registered under."
            />
            <div class="actions">
              <Button>Rename</Button>
            </div>
          </Form>
        </section>
      )}
      {mayChange && (
        <section class="section danger-zone" aria-labelledby="forget-title">
          <h2 id="forget-title">Forget</h2>
          <p>At Apple it stays registered, and profiles that name it go on to.</p>
          <div class="actions">
            <PostButton to={paths.removeDevice(device.id)} label={`Forget ${plain(device.name)}`}>
              Forget
            </PostButton>
          </div>
        </section>
      )}
    </Page>
  )
}

type AtAppleProps = { use: DeviceUse; mayChange: boolean; errors: readonly FieldError[] }

const AtApple = ({ use: { device, keys }, mayChange, errors }: AtAppleProps) => {
  const by = keys.find(({ id }) => id === device.registeredBy)
  return (
    <section class="section" aria-labelledby="apple-title">
      <h2 id="apple-title">At Apple</h2>
      <FormProblems errors={errors} />
      {device.registeredBy === null ? (
        <p>Not registered by Oore.</p>
      ) : (
        <p>
          Registered
          {by !== undefined && (
            <>
              {' '}
              by the key{' '}
              <a href={paths.credential('app_store_key', by.id)}>
                <Theirs>{by.name}</Theirs>
              </a>
            </>
          )}
          .
        </p>
      )}
      {mayChange &&
        (keys.length === 0 ? (
          <p>
            <a href={paths.credentials('app_store_key')}>Store a key of App Store Connect</a> to
            register it with one button.
          </p>
        ) : (
          <Form to={paths.registerDevice(device.id)} class="choice">
            <KeyChoice keys={keys} id="register" />
            <Button kind={device.registeredBy === null ? 'primary' : 'plain'}>
              {device.registeredBy === null ? 'Register it' : 'Register it again'}
            </Button>
          </Form>
        ))}
    </section>
  )
}

type ProfileOfDeviceProps = {
  profile: Credential<'profile'>
  namesIt: boolean
  udid: string
  keys: Keys
  mayChange: boolean
}

const ProfileOfDevice = ({ profile, namesIt, udid, keys, mayChange }: ProfileOfDeviceProps) => {
  const { id, name, described, appleKey } = profile
  const hasKey = keys.some((key) => key.id === appleKey)
  return (
    <>
      <a href={paths.credential('profile', id)}>
        <Theirs>{name}</Theirs>
      </a>{' '}
      <span class="muted">
        {profileKindWords[described.kind]} · <Theirs>{described.bundleId}</Theirs>
      </span>
      <p>{namesIt ? 'Builds that use it can be installed on this device.' : 'Does not name it.'}</p>
      {mayChange && !namesIt && keys.length > 0 && (
        <Form to={paths.renewProfile(id)} class="choice">
          <input type="hidden" name="add_device" value={udid} />
          {!hasKey && <KeyChoice keys={keys} id={id} />}
          <Button label={`Renew ${plain(name)} with this device`}>Renew with it</Button>
        </Form>
      )}
    </>
  )
}
