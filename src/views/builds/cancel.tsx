import type { Build } from '../../core/builds/build.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Theirs } from '../ui/text.tsx'
import { buildTitle } from './words.ts'

/** Asks before a build is ended. With a script its content is shown in a dialog instead. */
export const CancelBuildPage = ({ shell, build }: { shell: Shell; build: Build }) => (
  <Page
    shell={shell}
    title={`Cancel #${build.number}`}
    width="narrow"
    crumbs={[
      { name: 'Builds', href: paths.builds() },
      { name: `${build.repository} #${build.number}`, href: paths.build(build.id) },
      { name: 'Cancel' },
    ]}
  >
    <Confirm
      title={`Cancel build #${build.number}?`}
      to={paths.cancelBuild(build.id)}
      action="Cancel the build"
      back={paths.build(build.id)}
      keep="Let it run"
    >
      <p>
        <Theirs>{buildTitle(build)}</Theirs> of <Theirs>{build.repository}</Theirs>
      </p>
      <p class="muted">
        {build.status === 'pending' || build.status === 'waiting_approval'
          ? 'It has not started, so nothing is lost.'
          : 'Its processes are asked to end and then ended. The log so far is kept; artifacts are not collected.'}
      </p>
    </Confirm>
  </Page>
)
