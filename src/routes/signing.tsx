import { z } from 'zod'
import { addCredential } from '../core/credentials/add.ts'
import { renameCredential } from '../core/credentials/change.ts'
import {
  type Credential,
  type CredentialKind,
  credentialKinds,
  credentialNouns,
} from '../core/credentials/credential.ts'
import { downloadCredential } from '../core/credentials/download.ts'
import {
  countCredentials,
  listCredentials,
  showCredential,
  showHeld,
} from '../core/credentials/find.ts'
import { removeCredential } from '../core/credentials/remove.ts'
import { listExpiries, showExpiringSoon } from '../core/expiry/list.ts'
import { isoTime } from '../lib/clock.ts'
import { idleCertificates, matrixOf } from '../signing/apple/matrix.ts'
import { paths } from '../views/paths.ts'
import { CalendarPage } from '../views/signing/calendar.tsx'
import { CredentialsPage } from '../views/signing/list.tsx'
import { SigningPage } from '../views/signing/overview.tsx'
import { PasswordsPage, RemoveCredentialPage } from '../views/signing/remove.tsx'
import { type NewBody, newCredential, uploadBytesMax } from './credentials.ts'
import { type Answer, goTo, showList, showPage } from './lib/answer.ts'
import { showCredentialPage } from './lib/credential-page.tsx'
import { pageOf, pageQuery } from './lib/queries.ts'
import { type Route, route } from './lib/route.ts'
import { credentialJson } from './lib/signing-json.ts'
import { told } from './lib/told.ts'
import { uploadField } from './lib/upload.ts'

const firstPage = { limit: 50, cursor: null }

/** What there is to sign with, for people. */
export const signingRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/settings/signing',
    guard: 'signed-in',
    asks: 'signing.read',
    does: 'What there is to sign with, and what fits what',
    run: async ({ ctx }) => ({
      held: await showHeld(ctx),
      expiring: await showExpiringSoon(ctx),
      counts: await countCredentials(ctx),
    }),
    page: ({ held, expiring, counts }, { shell, now }) =>
      showPage(
        <SigningPage
          shell={shell()}
          counts={counts}
          expiring={expiring}
          matrix={matrixOf(held, now)}
          idle={idleCertificates(held)}
          now={now}
        />,
      ),
  }),
  route({
    method: 'GET',
    path: '/settings/signing/calendar',
    guard: 'signed-in',
    asks: 'signing.read',
    does: 'What expires when',
    query: pageQuery,
    run: ({ ctx, query }) => listExpiries(ctx, pageOf(query)),
    page: (page, { shell, query, now }) =>
      showPage(
        <CalendarPage shell={shell()} page={page} cursor={query.cursor ?? null} now={now} />,
      ),
  }),
  route({
    method: 'GET',
    path: '/signing/expiries',
    guard: 'signed-in',
    asks: 'signing.read',
    does: 'What expires when, the nearest first',
    query: pageQuery,
    run: ({ ctx, query }) => listExpiries(ctx, pageOf(query)),
    api: (page, call) =>
      showList(
        page,
        (credential) => ({
          credential: credential.kind,
          ...credentialJson(credential),
          expires_at: isoTime(credential.expiresAt ?? 0),
        }),
        call,
      ),
  }),
  ...credentialKinds.flatMap(pagesOf),
]

function pagesOf(kind: CredentialKind): Route[] {
  const base = `/settings/signing/${credentialNouns[kind]}`
  const shared = { guard: 'signed-in' } as const
  return [
    route({
      ...shared,
      method: 'GET',
      path: base,
      asks: 'signing.read',
      does: 'Those of a kind, and the form that more come by',
      query: pageQuery,
      run: ({ ctx, query }) => listCredentials(ctx, kind, pageOf(query)),
      page: (page, { shell, query, now }) =>
        showPage(
          <CredentialsPage
            {...{ shell: shell(), kind, page, now }}
            cursor={query.cursor ?? null}
            values={{}}
            errors={[]}
          />,
        ),
    }),
    route({
      ...shared,
      method: 'POST',
      path: base,
      asks: 'signing.change',
      does: 'Check and store one',
      takesFile: true,
      bodyBytesMax: uploadBytesMax,
      body: newCredential[kind] as z.ZodType<NewBody>,
      run: ({ ctx, body: { file, name, replace, ...fields } }) =>
        addCredential(ctx, kind, { file, name, replace, fields }),
      page: ({ id }) => goTo(paths.credential(kind, id)),
      refused: async (error, values, { ctx, shell, now }) =>
        showPage(
          <CredentialsPage
            {...{ shell: shell(), kind, now }}
            page={await listCredentials(ctx, kind, firstPage)}
            cursor={null}
            values={withoutPasswords(values)}
            errors={told(error, { ...values, [uploadField]: '' })}
          />,
        ),
    }),
    route({
      ...shared,
      method: 'GET',
      path: `${base}/:id`,
      asks: 'signing.read',
      does: 'All that one says of itself',
      run: () => null,
      page: (_, call) => showCredentialPage(call, kind),
    }),
    route({
      ...shared,
      method: 'POST',
      path: `${base}/:id`,
      asks: 'signing.change',
      does: 'Rename one',
      body: z.strictObject({ name: z.string().max(500) }),
      run: (call) => renameCredential(call.ctx, kind, call.id(), call.body.name),
      page: ({ id }) => goTo(paths.credential(kind, id)),
      refused: (error, values, call) =>
        showCredentialPage(call, kind, { name: values['name'] ?? '', errors: told(error, values) }),
    }),
    route({
      ...shared,
      method: 'GET',
      path: `${base}/:id/remove`,
      asks: 'signing.change',
      does: 'Asks before one is forgotten',
      run: (call) => showCredential(call.ctx, kind, call.id()),
      page: (credential, { shell }) =>
        showPage(<RemoveCredentialPage shell={shell()} credential={credential} />),
    }),
    route({
      ...shared,
      method: 'POST',
      path: `${base}/:id/remove`,
      asks: 'signing.change',
      does: 'Forget one; nothing is revoked',
      run: (call) => removeCredential(call.ctx, kind, call.id()),
      page: () => goTo(paths.credentials(kind)),
    }),
    route({
      ...shared,
      method: 'POST',
      path: `${base}/:id/download`,
      asks: 'signing.download',
      does: 'The file itself; it is written down who took it',
      run: (call) => downloadCredential(call.ctx, kind, call.id()),
      page: ({ file, fileName }) => attachment(file, fileName),
    }),
    route({
      ...shared,
      method: 'POST',
      path: `${base}/:id/passwords`,
      asks: 'signing.download',
      does: 'The passwords of one, once; it is written down who saw them',
      run: async (call) => ({
        credential: (await showCredential(call.ctx, kind, call.id())) as Credential,
        ...(await downloadCredential(call.ctx, kind, call.id())),
      }),
      page: ({ credential, passwords }, { shell }) =>
        showPage(<PasswordsPage shell={shell()} credential={credential} passwords={passwords} />),
    }),
  ]
}

/** What a form is filled with again. A password goes into no page. */
const withoutPasswords = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !name.includes('password')))

const attachment = (bytes: Buffer, name: string): Answer => ({
  status: 200,
  headers: {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${name.replace(/[^\w.@+-]/g, '_')}"`,
    'content-length': String(bytes.length),
  },
  body: new Uint8Array(bytes),
})
