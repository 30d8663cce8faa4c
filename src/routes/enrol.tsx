import { enrolDevice, enrolmentProfile, openDeviceLink } from '../core/devices/enrol.ts'
import { minutes } from '../lib/clock.ts'
import { KiB } from '../lib/sizes.ts'
import { EnrolledPage, EnrolPage } from '../views/devices/enrol.tsx'
import { paths } from '../views/paths.ts'
import { hidden, showPage } from './lib/answer.ts'
import { requestLimit } from './lib/request-limit.ts'
import { type Route, route } from './lib/route.ts'

/** A phone says a few hundred bytes, and signs them with a chain of its own. */
const answerBytesMax = 64 * KiB

/** What phones of testers see and send: the link is all that they have. */
export function enrolRoutes(): Route[] {
  // A team in one office has one address; a link cannot be guessed, with or without this.
  const limit = requestLimit({ requestsMax: 60, windowMs: minutes(1) })

  return [
    route({
      method: 'GET',
      path: '/enroll/:token',
      guard: 'open',
      does: 'The page by which a phone tells its UDID',
      run: async (call) => {
        await limit.count(call.address)
        return openDeviceLink(call.ctx, call.param('token'))
      },
      page: (link, call) =>
        hidden(
          showPage(
            <EnrolPage
              shell={call.shell()}
              link={link}
              profile={paths.enrolmentProfile(call.param('token'))}
              host={call.ctx.config.baseUrl.host}
              isHttps={call.ctx.config.baseUrl.protocol === 'https:'}
            />,
          ),
        ),
    }),
    route({
      method: 'GET',
      path: '/enroll/:token/profile.mobileconfig',
      guard: 'open',
      does: 'The profile that asks a phone for its UDID',
      run: async (call) => {
        await limit.count(call.address)
        return enrolmentProfile(call.ctx, call.param('token'))
      },
      plain: (profile) =>
        hidden({
          status: 200,
          headers: {
            'content-type': 'application/x-apple-aspen-config',
            'cache-control': 'private, no-store',
          },
          body: profile,
        }),
    }),
    route({
      method: 'POST',
      path: '/enroll/:token/device',
      guard: 'open',
      does: 'What a phone says of itself, signed by it',
      body: 'raw',
      bodyType: 'application/pkcs7-signature',
      bodyBytesMax: answerBytesMax,
      run: async (call) => {
        await limit.count(call.address)
        return enrolDevice(call.ctx, call.param('token'), call.body as unknown as Uint8Array)
      },
      // What iOS follows to show a page in the browser ("Over-the-Air Profile Delivery").
      plain: () => hidden({ status: 301, headers: { location: '/enroll/done' }, body: null }),
    }),
    route({
      method: 'GET',
      path: '/enroll/done',
      guard: 'open',
      does: 'What a phone shows after it has told its UDID',
      run: () => null,
      page: (_, { ctx, shell }) =>
        showPage(<EnrolledPage shell={shell()} host={ctx.config.baseUrl.host} />),
    }),
  ]
}
