import type { Device, DeviceLink } from '../../core/devices/device.ts'
import type { Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { SigningFrame } from '../signing/frame.tsx'
import { Copy } from '../ui/copy.tsx'
import { Empty } from '../ui/empty.tsx'
import { TextField } from '../ui/field.tsx'
import { Button, Form, FormProblems, PostButton } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Pager } from '../ui/pager.tsx'
import { Code, plain, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

export type DeviceForm = 'device' | 'link'
type Refused = {
  form: DeviceForm
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

type DevicesPageProps = {
  shell: Shell
  page: PageOf<Device>
  cursor: string | null
  links: readonly DeviceLink[]
  refused: Refused | null
  now: Millis
}

/** Devices, the links that more come by, and the form for one that is known already. */
export const DevicesPage = ({ shell, page, cursor, links, refused, now }: DevicesPageProps) => {
  const mayChange = shell.may('signing.change')
  const of = (form: DeviceForm) =>
    refused?.form === form ? refused : { values: {} as Refused['values'], errors: [] }
  return (
    <SigningFrame shell={shell} tab="devices" title="Devices">
      <section class="section" aria-label="Devices">
        {page.data.length === 0 ? (
          <Empty title="No device is known yet.">
            <p>
              Testers open a link on their phone, and it tells its UDID. Then it can be registered
              at Apple, and named in profiles.
            </p>
          </Empty>
        ) : (
          <DeviceRows devices={page.data} mayChange={mayChange} now={now} />
        )}
        <Pager
          older={page.nextCursor === null ? null : paths.devices(page.nextCursor)}
          newest={cursor === null ? null : paths.devices()}
          words={{ older: 'More', newest: 'First page' }}
        />
      </section>
      {mayChange && (
        <>
          <Links links={links} now={now} />
          <LinkForm {...of('link')} />
          <AddForm {...of('device')} />
        </>
      )}
    </SigningFrame>
  )
}

type DeviceRowsProps = { devices: readonly Device[]; mayChange: boolean; now: Millis }

const DeviceRows = ({ devices, mayChange, now }: DeviceRowsProps) => (
  <table class="rows">
    <caption class="sr-only">Devices</caption>
    <thead>
      <tr>
        <th>Name</th>
        <th>Since</th>
        <th class="right">
          <span class="sr-only">Change</span>
        </th>
      </tr>
    </thead>
    <tbody>
      {devices.map((device) => (
        <tr>
          <td class="what">
            <strong>
              <a href={paths.device(device.id)}>
                <Theirs>{device.name}</Theirs>
              </a>
            </strong>
            <p>
              <Code>{device.udid}</Code>
              <Copy text={device.udid} label={`Copy the UDID of ${plain(device.name)}`} />
            </p>
            {device.product !== null && (
              <p>
                <Theirs>{`${device.product}${device.osVersion ? `, ${device.osVersion}` : ''}`}</Theirs>
              </p>
            )}
          </td>
          <td>
            <Ago at={device.createdAt} now={now} />
            {device.registeredBy !== null && <p>Registered at Apple</p>}
          </td>
          <td class="right">
            {mayChange && (
              <PostButton to={paths.removeDevice(device.id)} label={`Forget ${plain(device.name)}`}>
                Forget
              </PostButton>
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const Links = ({ links, now }: { links: readonly DeviceLink[]; now: Millis }) =>
  links.length === 0 ? null : (
    <section class="section" aria-labelledby="links-title">
      <h2 id="links-title">Links for testers</h2>
      <table class="rows">
        <caption class="sr-only">Links for testers</caption>
        <thead>
          <tr>
            <th>For</th>
            <th>Left</th>
            <th class="right">
              <span class="sr-only">End</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {links.map((link) => (
            <tr>
              <td class="what">
                <strong>
                  <Theirs>{link.name}</Theirs>
                </strong>
                <p>
                  Made by <Theirs>{link.createdBy}</Theirs> <Ago at={link.createdAt} now={now} />
                </p>
              </td>
              <td>
                {link.expiresAt <= now
                  ? 'Ended'
                  : link.usesLeft === 1
                    ? 'One device'
                    : `${link.usesLeft} devices`}
              </td>
              <td class="right">
                <PostButton
                  to={paths.removeDeviceLink(link.id)}
                  label={`${link.expiresAt <= now ? 'Remove' : 'End'} the link ${plain(link.name)}`}
                >
                  {link.expiresAt <= now ? 'Remove it' : 'End it'}
                </PostButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )

type FormProps = Pick<Refused, 'values' | 'errors'>

const LinkForm = ({ values, errors }: FormProps) => (
  <section class="section narrow-column" aria-labelledby="link-title">
    <h2 id="link-title">Make a link for testers</h2>
    <FormProblems errors={errors} />
    <Form to={paths.deviceLinks()} class="stack">
      <TextField
        name="name"
        label="What testers read"
        value={values['name'] ?? ''}
        errors={errors}
        required
        placeholder="Testers of Wallet"
      />
      <TextField
        name="uses"
        label="For how many devices"
        type="number"
        value={values['uses'] ?? '20'}
        errors={errors}
        hint="It ends after seven days."
      />
      <div class="actions">
        <Button kind="primary">Make the link</Button>
      </div>
    </Form>
  </section>
)

const AddForm = ({ values, errors }: FormProps) => (
  <details class="disclosure" open={errors.length > 0}>
    <summary>Add a device by its UDID</summary>
    <FormProblems errors={errors} />
    <Form to={paths.devices()} class="stack narrow-column">
      <TextField
        name="device_name"
        label="Name"
        value={values['device_name'] ?? ''}
        errors={errors}
        required
      />
      <TextField
        name="udid"
        label="UDID"
        value={values['udid'] ?? ''}
        errors={errors}
        required
        mono
        placeholder="00008110-001A2B3C4D5E6F70"
      />
      <div class="actions">
        <Button>Add it</Button>
      </div>
    </Form>
  </details>
)

type MadeLinkPageProps = { shell: Shell; link: DeviceLink; url: string; qr: string }

/** The address of a link, the only time that it is shown. */
export const MadeLinkPage = ({ shell, link, url, qr }: MadeLinkPageProps) => (
  <Page
    shell={shell}
    title="A link for testers"
    width="narrow"
    crumbs={[
      { name: 'Signing', href: paths.signing() },
      { name: 'Devices', href: paths.devices() },
      { name: link.name },
    ]}
  >
    <h1>
      <Theirs>{link.name}</Theirs>
    </h1>
    <NoticeBox kind="info">
      This address is shown once. Whoever has it can tell the UDID of a device, for seven days.
    </NoticeBox>
    <p>
      <code class="breakable">{url}</code>
      <Copy text={url} label="Copy the link" />
    </p>
    <img class="qr" src={qr} alt="QR code of the link" width="264" height="264" />
    <p class="back">
      <a href={paths.devices()}>Back to the devices</a>
    </p>
  </Page>
)
