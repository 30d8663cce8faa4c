import type { AddressCheck } from '../core/health/address-check.ts'
import { checkAddress, isSelfCall, showAddressCheck } from '../core/health/check-address.ts'
import { isoTime } from '../lib/clock.ts'
import { OoreError } from '../lib/errors.ts'
import { paths } from '../views/paths.ts'
import { AddressPage } from '../views/settings/address.tsx'
import { goTo, showJson, showPage, showText } from './lib/answer.ts'
import { type Route, route } from './lib/route.ts'

/** Can forges call this server? As far as that can be known from here. */
export const addressCheckRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/settings/address',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'The address that forges call, and what the last check of it found',
    run: ({ ctx }) => showAddressCheck(ctx),
    page: (check, { shell, ctx, now }) =>
      showPage(
        <AddressPage shell={shell()} address={ctx.config.baseUrl.origin} check={check} now={now} />,
      ),
  }),
  route({
    method: 'GET',
    path: '/setup/self-test',
    guard: 'signed-in',
    asks: 'connection.read',
    does: 'What the last check of the server’s own address found',
    run: ({ ctx }) => showAddressCheck(ctx),
    api: (check) => showJson({ last: check === null ? null : checkJson(check) }),
  }),
  route({
    method: 'POST',
    path: '/setup/self-test',
    guard: 'signed-in',
    asks: 'connection.change',
    does: 'Check whether forges can call this server at its address',
    run: ({ ctx }) => checkAddress(ctx),
    api: (check) => showJson(checkJson(check)),
    page: () => goTo(paths.address()),
  }),
  route({
    method: 'GET',
    path: '/setup/self-test/:token',
    guard: 'probe',
    does: 'Where the server calls itself, to learn whether its address leads to it',
    run: ({ ctx, param, method }) => {
      if (method !== 'HEAD' && isSelfCall(ctx, param('token'))) return 'here\n'
      throw new OoreError('not_found', 'There is nothing at this address.')
    },
    plain: (text) => showText(text),
  }),
]

const checkJson = ({ at, address, findings }: AddressCheck) => ({
  checked_at: isoTime(at),
  address,
  findings: findings.map(({ about, verdict, text }) => ({ about, verdict, text })),
})
