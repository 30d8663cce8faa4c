import type { CellState, MatrixCell, MatrixRow } from '../../signing/apple/matrix.ts'
import type { ProfileKind } from '../../signing/apple/profile.ts'
import { paths } from '../paths.ts'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Middle, Theirs } from '../ui/text.tsx'
import { profileKindWords } from './words.ts'

const kinds: readonly ProfileKind[] = [
  'development',
  'ad_hoc',
  'app_store',
  'enterprise',
  'developer_id',
]

const platformWords: Record<string, string> = { OSX: 'macOS' }

/** What each bundle identifier can be signed for; below it, what to do where it cannot. */
export function Matrix({ rows }: { rows: readonly MatrixRow[] }) {
  const shown = kinds.filter((kind) => rows.some(({ cells }) => cells[kind].state !== 'none'))
  const troubles = rows.flatMap(({ cells }) =>
    kinds.flatMap((kind) => (cells[kind].state === 'misfit' ? (cells[kind].text ?? []) : [])),
  )
  return (
    <>
      <div class="matrix-frame" role="region" aria-label="Each app with its profiles" tabindex={0}>
        <table class="rows matrix">
          <caption class="sr-only">What each app can be signed for</caption>
          <thead>
            <tr>
              <th scope="col">Bundle identifier</th>
              {shown.map((kind) => (
                <th scope="col">{profileKindWords[kind]}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ bundleId, platform, cells }) => (
              <tr>
                <th scope="row">
                  <code>
                    <Theirs>{bundleId}</Theirs>
                  </code>
                  {platform !== 'iOS' && <p class="muted">{platformWords[platform] ?? platform}</p>}
                </th>
                {shown.map((kind) => (
                  <td
                    data-label={profileKindWords[kind]}
                    class={cells[kind].state === 'none' ? 'matrix-none' : undefined}
                  >
                    <Cell cell={cells[kind]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {troubles.length > 0 && (
        <ul class="findings matrix-findings">
          {troubles.map((text) => (
            <li>
              <span class="st failure">
                <Icon name="failure" />
                Fits nothing
              </span>
              <p class="breakable">
                <Theirs>{text}</Theirs>
              </p>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

const looks: Record<Exclude<CellState, 'none'>, { look: string; icon: IconName; word: string }> = {
  fits: { look: 'success', icon: 'success', word: 'Fits' },
  expires_soon: { look: 'caution', icon: 'warning', word: 'Expires soon' },
  misfit: { look: 'failure', icon: 'failure', word: 'Fits nothing' },
}

function Cell({ cell: { state, profile, certificates } }: { cell: MatrixCell }) {
  if (state === 'none' || profile === null) return <span class="muted">—</span>
  const { look, icon, word } = looks[state]
  return (
    <>
      <span class={`st ${look}`}>
        <Icon name={icon} />
        {word}
      </span>
      <p class="matrix-what">
        <a href={paths.credential('profile', profile.id)}>
          <Middle>{profile.name}</Middle>
        </a>
      </p>
      {certificates.map((certificate) => (
        <p class="matrix-what">
          <a href={paths.credential('certificate', certificate.id)}>
            <Middle>{certificate.name}</Middle>
          </a>
        </p>
      ))}
    </>
  )
}
