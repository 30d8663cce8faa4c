import { type Health, readHealth } from '../core/health/read.ts'
import { showSetupStatus } from '../core/health/setup.ts'
import { showJson, showText } from './lib/answer.ts'
import { type Route, route } from './lib/route.ts'

const apiVersion = 1

/** How the server is, for people, probes and scrapers. */
export const healthRoutes = (version: string): Route[] => [
  route({
    method: 'GET',
    path: '/health',
    guard: 'open',
    does: 'How the server is',
    run: ({ ctx }) => readHealth(ctx),
    api: (health) =>
      showJson(
        {
          status: health.isHealthy ? 'healthy' : 'unhealthy',
          version,
          uptime_seconds: health.uptimeSeconds,
          database: health.database,
          workers: health.workers,
        },
        health.isHealthy ? 200 : 503,
      ),
  }),
  route({
    method: 'GET',
    path: '/version',
    guard: 'open',
    does: 'The versions of server and API',
    run: () => ({ version, api_version: apiVersion }),
    api: (versions) => showJson(versions),
  }),
  route({
    method: 'GET',
    path: '/setup/status',
    guard: 'signed-in',
    asks: 'overview.read',
    does: 'What is set up, and what not yet',
    run: ({ ctx }) => showSetupStatus(ctx),
    api: (status) => showJson(status),
  }),
  route({
    method: 'GET',
    path: '/healthz',
    guard: 'probe',
    does: 'Is the process alive?',
    run: () => 'alive\n',
    plain: (text) => showText(text),
  }),
  route({
    method: 'GET',
    path: '/readyz',
    guard: 'probe',
    does: 'Is it ready to take work?',
    run: ({ ctx }) => readHealth(ctx),
    plain: ({ isReady }) => showText(isReady ? 'ready\n' : 'not ready\n', isReady ? 200 : 503),
  }),
  route({
    method: 'GET',
    path: '/metrics',
    guard: 'scraper',
    does: 'Figures for Prometheus',
    run: ({ ctx }) => readHealth(ctx),
    plain: (health) => ({
      status: 200,
      headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
      body: metricsText(health),
    }),
  }),
]

function metricsText({ isReady, uptimeSeconds, workers }: Health): string {
  const gauges: [string, string, number][] = [
    ['oore_ready', 'Does the server take work?', isReady ? 1 : 0],
    ['oore_uptime_seconds', 'Time since the server was started.', uptimeSeconds],
    ['oore_builds_running', 'Builds that run now.', workers.active],
    ['oore_builds_waiting', 'Builds that wait for a slot.', workers.queued],
    ['oore_build_slots', 'Builds that may run at once.', workers.capacity],
    ['process_resident_memory_bytes', 'Memory of the server process.', process.memoryUsage.rss()],
  ]
  return gauges
    .map(
      ([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`,
    )
    .join('')
}
