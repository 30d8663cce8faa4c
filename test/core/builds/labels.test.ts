import { describe, expect, test } from 'vitest'
import { showBuild } from '../../../src/core/builds/show.ts'
import { cancelBuild } from '../../../src/core/builds/cancel.ts'
import { retryBuild } from '../../../src/core/builds/retry.ts'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { admin, makeServices } from '../../support/ctx.ts'

const pipeline = `
workflows:
  ios:
    inputs:
      kind: { description: Which, default: beta }
    labels:
      - release
      - $CM_BRANCH
      - \${FLAVOR}-$PROJECT_BUILD_NUMBER
      - kind \${{ inputs.kind }} $OORE_INPUT_KIND
      - $UNKNOWN
    environment:
      vars:
        FLAVOR: $CM_WORKFLOW_NAME-staging
    scripts: ['true']
`

describe('the labels of a build', () => {
  test('are those of the workflow with the variables put in, then those given at its start', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': pipeline })
    const ctx = services.as(admin)
    const [build] = await triggerBuild(ctx, repository.id, {
      labels: ['mine', 'release'],
      via: 'api',
    })
    const labels = ['release', 'main', 'ios-staging-1', 'kind beta beta', '$UNKNOWN', 'mine']
    expect(build?.labels).toEqual(labels)
    expect((await showBuild(ctx, build!.id)).build.labels).toEqual(labels)
  })

  test('are made anew for a retry', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': pipeline })
    const ctx = services.as(admin)
    const [build] = await triggerBuild(ctx, repository.id, { labels: ['mine'], via: 'api' })
    await cancelBuild(ctx, build!.id)
    const retry = await retryBuild(ctx, build!.id)
    expect(retry.labels).toEqual([
      ...['release', 'main', 'ios-staging-2', 'kind beta beta', '$UNKNOWN'],
      'mine',
    ])
  })
})
