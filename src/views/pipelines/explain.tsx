import type { FieldError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Verdict } from '../../pipeline/pipeline.ts'
import { paths } from '../paths.ts'
import { Check, SelectField, TextArea, TextField } from '../ui/field.tsx'
import { Button, FormProblems } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Theirs } from '../ui/text.tsx'

/** What the form about an event holds, by field name. */
export type ExplainValues = {
  event: string
  branch: string
  target_branch: string
  tag: string
  labels: string
  draft: string
  changed_files: string
  commit_message: string
}

/** An event that was asked about, and the answer; null before anything was asked. */
export type Explained = {
  values: ExplainValues
  errors: readonly FieldError[]
  verdicts: Verdict[] | null
}

type ExplainProps = { repositoryId: Id; explained: Explained }

/** Which workflows an event would start, and why each other one not. */
export const Explain = ({
  repositoryId,
  explained: { values, errors, verdicts },
}: ExplainProps) => (
  <section class="section explain" id="explain" aria-labelledby="explain-title">
    <h2 id="explain-title">What would run?</h2>
    <FormProblems errors={errors} />
    <form
      method="get"
      action={`${paths.explainPipeline(repositoryId)}`}
      class="stack"
      hx-get={paths.explainPipeline(repositoryId)}
      hx-target="#explain"
      hx-select="#explain"
      hx-swap="outerMorph"
    >
      <div class="explain-fields">
        <SelectField
          name="event"
          label="Event"
          value={values.event}
          errors={errors}
          options={[
            { value: 'push', label: 'A push' },
            { value: 'pull_request', label: 'A pull request' },
            { value: 'pull_request_labeled', label: 'A label on a pull request' },
            { value: 'tag', label: 'A tag' },
          ]}
        />
        <TextField name="branch" label="Branch" value={values.branch} errors={errors} mono />
        <TextField
          name="target_branch"
          label="Pull request into"
          value={values.target_branch}
          errors={errors}
          mono
        />
        <TextField name="tag" label="Tag" value={values.tag} errors={errors} mono />
      </div>
      <details class="more-filters" {...(hasMore(values) ? { open: true } : {})}>
        <summary>Changed files, message, labels</summary>
        <div class="stack">
          <TextArea
            name="changed_files"
            label="Changed files"
            value={values.changed_files}
            errors={errors}
            rows={3}
            optional
            hint="One path on each line. Left empty, they count as not known."
          />
          <TextField
            name="commit_message"
            label="Commit message"
            value={values.commit_message}
            errors={errors}
            optional
          />
          <TextField
            name="labels"
            label="Labels of the pull request"
            value={values.labels}
            errors={errors}
            optional
            hint="With commas between them."
          />
          <Check
            name="draft"
            label="The pull request is a draft"
            checked={values.draft === 'true'}
          />
        </div>
      </details>
      <div class="actions">
        <Button>Explain</Button>
      </div>
    </form>
    <div id="explain-answer" role="status">
      {verdicts !== null && <Verdicts verdicts={verdicts} />}
    </div>
  </section>
)

const Verdicts = ({ verdicts }: { verdicts: readonly Verdict[] }) => (
  <ul class="verdicts">
    {verdicts.map(({ name, runs, reason }) => (
      <li class={runs ? 'started' : undefined}>
        <span class={runs ? 'st success' : 'st skipped'}>
          <Icon name={runs ? 'success' : 'skipped'} />
          <span class="sr-only">{runs ? 'Runs: ' : 'Does not run: '}</span>
        </span>
        <span>
          <Theirs>{name}</Theirs> {runs ? 'runs' : 'does not run'}: <Theirs>{reason}</Theirs>
        </span>
      </li>
    ))}
  </ul>
)

const hasMore = ({ changed_files, commit_message, labels, draft }: ExplainValues): boolean =>
  [changed_files, commit_message, labels, draft].some((value) => value !== '')
