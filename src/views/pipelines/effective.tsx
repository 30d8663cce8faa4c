import type { PlannedWorkflow } from '../../core/pipelines/preview.ts'
import { minutes } from '../../lib/clock.ts'
import type { Plan, PlannedStep } from '../../pipeline/plan.ts'
import { Source } from '../ui/source.tsx'
import { Code, Theirs } from '../ui/text.tsx'

/** What Oore understood: each workflow as the runner would get it. */
export const Effective = ({ workflows }: { workflows: readonly PlannedWorkflow[] }) =>
  workflows.length === 0 ? null : (
    <details class="disclosure effective">
      <summary>
        What Oore understood{' '}
        <span class="muted">
          {workflows.length === 1 ? 'one workflow' : `${workflows.length} workflows`}
        </span>
      </summary>
      {workflows.map((workflow) => (
        <Planned workflow={workflow} />
      ))}
    </details>
  )

const Planned = ({ workflow: { plan, triggers, inputs } }: { workflow: PlannedWorkflow }) => (
  <div class="planned">
    <h3>
      <Theirs>{plan.workflow.name}</Theirs>
      {plan.workflow.name !== plan.workflow.id && (
        <>
          {' '}
          <Code>{plan.workflow.id}</Code>
        </>
      )}
    </h3>
    <dl class="pairs">
      <dt>Starts</dt>
      <dd>
        {triggers.map((sentence) => (
          <p>
            <Theirs>{sentence}</Theirs>
          </p>
        ))}
      </dd>
      <Lines name="Inputs" lines={inputs.map(({ id, description }) => `${id}: ${description}`)} />
      <dt>Time limit</dt>
      <dd>
        {plan.maxBuildDurationMs === null
          ? 'The server’s own'
          : minutesText(plan.maxBuildDurationMs)}
      </dd>
      <Lines
        name="Directory"
        lines={plan.workingDirectory === null ? [] : [plan.workingDirectory]}
      />
      <Lines name="Tools" lines={plan.software.map(({ name, version }) => `${name} ${version}`)} />
      {plan.environmentName !== null && <Lines name="Environment" lines={[plan.environmentName]} />}
      <Lines name="Groups" lines={plan.groups} />
      <Lines name="Variables" lines={plan.vars.map(({ name, value }) => `${name}=${value}`)} />
      <Lines name="Cached" lines={plan.cachePaths} />
      {plan.preCloneSteps.length > 0 && (
        <>
          <dt>Before the code</dt>
          <dd>
            <Steps steps={plan.preCloneSteps} />
          </dd>
        </>
      )}
      <dt>Steps</dt>
      <dd>
        {plan.steps.length === 0 ? (
          'None: a build only gets the code.'
        ) : (
          <Steps steps={plan.steps} />
        )}
      </dd>
      {plan.artifacts.length === 0 ? (
        <>
          <dt>Artifacts</dt>
          <dd>None are kept.</dd>
        </>
      ) : (
        <Lines name="Artifacts" lines={plan.artifacts} />
      )}
      <Lines
        name="Publishing"
        lines={plan.publishing === null ? [] : publishedTo(plan.publishing)}
      />
    </dl>
  </div>
)

type LinesProps = { name: string; lines: readonly string[] }

/** What was written, each on its line; nothing where nothing was. */
const Lines = ({ name, lines }: LinesProps) =>
  lines.length === 0 ? null : (
    <>
      <dt>{name}</dt>
      <dd>
        {lines.map((line) => (
          <p class="breakable">
            <Code>{line}</Code>
          </p>
        ))}
      </dd>
    </>
  )

const publishedTo = (publishing: NonNullable<Plan['publishing']>): string[] =>
  Object.entries(publishing).flatMap(([name, settings]) =>
    settings === null || (Array.isArray(settings) && settings.length === 0) ? [] : [name],
  )

const Steps = ({ steps }: { steps: readonly PlannedStep[] }) => (
  <ol class="planned-steps">
    {steps.map((step) => (
      <Step step={step} />
    ))}
  </ol>
)

/** As its author wrote it. */
const minutesText = (ms: number): string =>
  ms === minutes(1) ? '1 minute' : `${ms / minutes(1)} minutes`

const Step = ({ step }: { step: PlannedStep }) => (
  <li>
    <details>
      <summary>
        <Theirs>{step.name}</Theirs>
        {step.workingDirectory !== null && (
          <span class="muted">
            {' '}
            in <Code>{step.workingDirectory}</Code>
          </span>
        )}
        {step.ignoreFailure && <span class="muted"> may fail</span>}
        {(step.when.changeset !== null || step.when.condition !== null) && (
          <span class="muted"> not always</span>
        )}
      </summary>
      <Source text={step.script} label={`Script of ${step.name}`} />
    </details>
  </li>
)
