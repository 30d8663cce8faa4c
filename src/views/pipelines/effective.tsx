import type { PlannedWorkflow } from '../../core/pipelines/preview.ts'
import { minutes } from '../../lib/clock.ts'
import type { PlannedStep } from '../../pipeline/plan.ts'
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

const Planned = ({ workflow: { plan, triggers } }: { workflow: PlannedWorkflow }) => (
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
      <dt>Time limit</dt>
      <dd>
        {plan.maxBuildDurationMs === null
          ? 'The server’s own'
          : minutesText(plan.maxBuildDurationMs)}
      </dd>
      {plan.workingDirectory !== null && (
        <>
          <dt>Directory</dt>
          <dd>
            <Code>{plan.workingDirectory}</Code>
          </dd>
        </>
      )}
      {plan.vars.length > 0 && (
        <>
          <dt>Variables</dt>
          <dd>
            {plan.vars.map(({ name, value }) => (
              <p class="breakable">
                <Code>{`${name}=${value}`}</Code>
              </p>
            ))}
          </dd>
        </>
      )}
      <dt>Steps</dt>
      <dd>
        {plan.steps.length === 0 ? (
          'None: a build only gets the code.'
        ) : (
          <ol class="planned-steps">
            {plan.steps.map((step) => (
              <Step step={step} />
            ))}
          </ol>
        )}
      </dd>
      <dt>Artifacts</dt>
      <dd>
        {plan.artifacts.length === 0
          ? 'None are kept.'
          : plan.artifacts.map((pattern) => (
              <p class="breakable">
                <Code>{pattern}</Code>
              </p>
            ))}
      </dd>
    </dl>
  </div>
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
      </summary>
      <Source text={step.script} label={`Script of ${step.name}`} />
    </details>
  </li>
)
