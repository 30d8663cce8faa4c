import { z } from 'zod'
import { type AskedCheck, checkSigning, type SigningCheck } from '../core/signing/check.ts'
import { OoreError } from '../lib/errors.ts'
import { showJson } from './lib/answer.ts'
import { type Route, route } from './lib/route.ts'

const contentMax = 1_000_000

const asked = z.strictObject({
  repository_id: z.string().max(40).optional(),
  branch: z.string().max(500).optional(),
  content: z.string().max(contentMax).optional(),
  format: z.enum(['yaml', 'huml']).optional(),
  bundle_id: z.string().max(255).optional(),
  distribution_type: z
    .enum(['development', 'ad_hoc', 'app_store', 'enterprise', 'developer_id'])
    .optional(),
})

/** The check that builds go through before they take a slot, for `oore signing check`. */
export const signingCheckRoutes = (): Route[] => [
  route({
    method: 'POST',
    path: '/signing/check',
    guard: 'signed-in',
    asks: 'signing.read',
    does: 'What workflows, or a bundle identifier, would be signed with, and what is in the way',
    body: asked,
    run: ({ ctx, body }) => checkSigning(ctx, askedOf(body)),
    api: (checks) => showJson({ data: checks.map(checkJson) }),
  }),
]

function askedOf(body: z.infer<typeof asked>): AskedCheck {
  const { repository_id: repositoryId, bundle_id: bundleId, distribution_type: kind } = body
  if (bundleId !== undefined) {
    if (kind === undefined) throw lacking('distribution_type', 'what the app is signed for')
    return { of: 'bundle', bundleId, kind }
  }
  if (body.content !== undefined) {
    const { content, format = 'yaml' } = body
    return { of: 'file', content, format, repositoryId: repositoryId ?? null }
  }
  if (repositoryId === undefined) {
    throw lacking('repository_id', 'a repository’s id, or send content, or a bundle_id')
  }
  return { of: 'repository', repositoryId, branch: body.branch ?? null }
}

function lacking(field: string, what: string): OoreError {
  const message = `is missing: write ${what}`
  return new OoreError('invalid', `The ${field} ${message}.`, { fields: [{ field, message }] })
}

const checkJson = (check: SigningCheck) => ({
  workflow: check.workflow,
  signs: check.signs,
  ok: check.problems.length === 0,
  certificates: check.certificates,
  profiles: check.profiles,
  keystores: check.keystores,
  app_store_key: check.appStoreKey,
  problems: check.problems,
  warnings: check.warnings,
})
