import type { DeviceLink } from '../../core/devices/device.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { ButtonLink } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Theirs } from '../ui/text.tsx'

type EnrolPageProps = {
  shell: Shell
  link: DeviceLink
  profile: string
  host: string
  isHttps: boolean
}

/** What a tester sees: what will be told to whom, and the three steps. */
export const EnrolPage = ({ shell, link, profile, host, isHttps }: EnrolPageProps) => (
  <Page shell={shell} title="Join the testers" width="narrow" bare={true}>
    <h1>
      <Theirs>{link.name}</Theirs>
    </h1>
    <p class="lead">
      Test builds for iPhone and iPad run on devices that are named in them. With this your device
      tells{' '}
      <strong>
        <Theirs>{host}</Theirs>
      </strong>{' '}
      its UDID, its model, its iOS version and its name: nothing else, and nothing is installed.
    </p>
    {!isHttps && (
      <NoticeBox kind="warning">
        iOS answers only to servers with https: this one is reached without.
      </NoticeBox>
    )}
    <ol class="steps-to-take">
      <li>Open this page in Safari on the device itself.</li>
      <li>Choose the button, and allow the profile to be downloaded.</li>
      <li>
        Open Settings, choose “Profile Downloaded”, then Install. iOS calls the profile “Not
        Signed”, because it asks a question and installs nothing.
      </li>
    </ol>
    <div class="actions">
      <ButtonLink href={profile} kind="primary">
        Tell my device’s UDID
      </ButtonLink>
    </div>
  </Page>
)

/** After a device has told of itself. */
export const EnrolledPage = ({ shell, host }: { shell: Shell; host: string }) => (
  <Page shell={shell} title="Thank you" width="narrow" bare={true}>
    <h1>Thank you</h1>
    <p class="lead">
      <Theirs>{host}</Theirs> knows this device now. Once it is registered at Apple, builds from
      then on can be installed on it.
    </p>
    <p>The profile is gone by itself; there is nothing to remove.</p>
  </Page>
)
