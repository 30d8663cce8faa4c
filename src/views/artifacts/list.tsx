import type { Artifact, ArtifactKind } from '../../core/artifacts/artifact.ts'
import { type Build, type BuildStatus, isFinished } from '../../core/builds/build.ts'
import { isInstallable } from '../../core/installs/install.ts'
import { sizeText } from '../../lib/sizes.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { PostButton } from '../ui/form.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Middle, plain } from '../ui/text.tsx'

const icons: Record<ArtifactKind, IconName> = {
  apk: 'phone',
  aab: 'phone',
  ipa: 'phone',
  app: 'phone',
  archive: 'archive',
  symbols: 'search',
  log: 'file',
  file: 'file',
}

const kindWords: Record<ArtifactKind, string> = {
  apk: 'Android app',
  aab: 'App bundle, for stores only',
  ipa: 'iOS app',
  app: 'macOS or simulator app',
  archive: 'Archive',
  symbols: 'Debug symbols',
  log: 'Log',
  file: 'File',
}

/** Characters of a SHA-256 that are shown. */
const shownLength = 12

function whyNone(status: BuildStatus): string {
  if (!isFinished(status)) return 'Collected after the last step.'
  if (status === 'skipped') return 'Nothing ran, so no files were kept.'
  return 'This build kept no files. What matches artifacts in the configuration is collected after the last step.'
}

type ArtifactListProps = {
  build: Build
  artifacts: Artifact[]
  /** May this reader let others install what they see here? */
  mayShare: boolean
}

/** A part: what the build made, to download. */
export const ArtifactList = ({ build, artifacts, mayShare }: ArtifactListProps) => (
  <section id="artifact-list" class="section" aria-labelledby="artifacts-title">
    <div class="section-head">
      <h2 id="artifacts-title">
        Artifacts {artifacts.length > 0 && <span class="count num">{artifacts.length}</span>}
      </h2>
      {artifacts.length > 1 && (
        <a class="button button-plain" href={paths.artifactsZip(build.id)} download="">
          <Icon name="download" /> All as a zip
        </a>
      )}
    </div>
    {artifacts.length === 0 ? (
      <p class="muted">{whyNone(build.status)}</p>
    ) : (
      <ul class="artifacts">
        {artifacts.map((artifact) => (
          <ArtifactRow artifact={artifact} mayShare={mayShare} />
        ))}
      </ul>
    )}
  </section>
)

const ArtifactRow = ({ artifact, mayShare }: { artifact: Artifact; mayShare: boolean }) => (
  <li>
    <Icon name={icons[artifact.kind]} />
    <div class="artifact-name">
      <a href={paths.artifact(artifact.buildId, artifact.name)} download="">
        <Middle>{artifact.name}</Middle>
      </a>
      <p class="muted">
        {kindWords[artifact.kind]} · <Middle>{artifact.path}</Middle>
      </p>
    </div>
    {mayShare && isInstallable(artifact.kind) && (
      <PostButton
        to={paths.createInstallLink(artifact.buildId, artifact.name)}
        label={`Install ${plain(artifact.name)}`}
      >
        Install
      </PostButton>
    )}
    <span class="artifact-sum">
      <code title={`SHA-256 ${artifact.sha256}`}>{artifact.sha256.slice(0, shownLength)}</code>
      <Copy text={artifact.sha256} label="Copy the SHA-256" />
    </span>
    <span class="num artifact-size">{sizeText(artifact.sizeBytes)}</span>
  </li>
)
