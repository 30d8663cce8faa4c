import { describe, expect, test } from 'vitest'
import { type Browser, TestApp } from '../support/app.ts'
import { elementsOf, readHtml, textOf, withId } from '../support/html.ts'
import { workflow } from '../support/oore.ts'

const bad = 'workflows:\n  a:\n    scripts:\n      - nmae: Build\n'

async function start(files: Record<string, string> = { 'oore.yaml': workflow('echo file') }) {
  const app = await TestApp.start()
  const { repository, git } = await app.services.repository(files)
  const browser = await app.asBrowser()
  const path = `/repositories/${repository.id}/pipeline`
  const page = async (address: string) => readHtml(await (await browser.ask(address)).text())
  const send = (button: string, form: Record<string, string>) =>
    browser.ask(`${path}${button}`, { form: { format: 'yaml', ...form } })
  return { app, browser, path, page, send, git, id: repository.id }
}

const stored = async (browser: Browser, path: string): Promise<unknown> =>
  (await browser.ask(`/api${path}`)).json()

describe('the editor', () => {
  test('begins with the configuration in use, checked, and loads its own script', async () => {
    const { app, page, path } = await start()
    await using _ = app
    const edit = await page(`${path}/edit`)
    expect(textOf(withId(edit, 'field-content')!)).toContain('echo file')
    expect(textOf(withId(edit, 'check-summary')!)).toBe('Valid, with 1 workflow')
    const scripts = (root: typeof edit) => elementsOf(root).filter(({ name }) => name === 'script')
    expect(scripts(edit)).toHaveLength(2)
    expect(scripts(await page(path))).toHaveLength(1)
  })

  test('begins with the version that is named', async () => {
    const { app, page, path, send } = await start()
    await using _ = app
    for (const script of ['echo one', 'echo two']) await send('', { content: workflow(script) })
    const edit = await page(`${path}/edit?version=1`)
    expect(textOf(withId(edit, 'field-content')!)).toContain('echo one')
    expect(textOf(edit)).toContain('Storing makes version 3')
  })

  test('begins empty and says why where the repository cannot be asked', async () => {
    const { app, page, path, git } = await start()
    await using _ = app
    git[Symbol.dispose]()
    const edit = await page(`${path}/edit`)
    expect(textOf(withId(edit, 'field-content')!).trim()).toBe('')
    expect(textOf(edit)).toContain('So it begins empty.')
  })
})

describe('its buttons', () => {
  test('Validate says what is wrong with each line and keeps every word', async () => {
    const { app, send } = await start()
    await using _ = app
    const answer = await send('/validate', { content: bad, base_version: '0', branch: 'x' })
    const page = readHtml(await answer.text())
    expect(answer.status).toBe(422)
    expect(textOf(withId(page, 'field-content')!)).toContain('nmae')
    expect(withId(page, 'field-branch')?.attributes['value']).toBe('x')
    const lines = elementsOf(withId(page, 'check-problems')!)
      .map(({ attributes }) => attributes['data-line'])
      .filter((line) => line !== undefined)
    expect(lines).toContain('4')
    expect(withId(page, 'line-4')).toBeDefined()
  })

  test('the check while typing is a part, whatever it says', async () => {
    const { app, send } = await start()
    await using _ = app
    const answer = await send('/check', { content: bad })
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(html).not.toContain('<html')
    expect(textOf(withId(readHtml(html), 'check-summary')!)).toMatch(/^\d errors?/)
  })

  test('Store it makes a version of its writer, or says that another was there first', async () => {
    const { app, send, browser, path } = await start()
    await using _ = app
    const first = await send('', { content: workflow('echo one'), base_version: '0' })
    expect([first.status, first.headers.get('location')]).toEqual([303, path])
    const second = await send('', { content: workflow('echo two'), base_version: '0' })
    const page = readHtml(await second.text())
    expect(second.status).toBe(409)
    expect(textOf(page)).toContain('stored version 1')
    expect(textOf(withId(page, 'field-content')!)).toContain('echo two')
    const base = elementsOf(page).find(({ attributes }) => attributes['name'] === 'base_version')
    expect(base?.attributes['value']).toBe('1')
    expect(await stored(browser, path)).toMatchObject({ version: 1 })
  })

  test('Convert writes the same in the other format, and stores nothing', async () => {
    const { app, send, browser, path } = await start()
    await using _ = app
    const content = '# why\nworkflows:\n  a:\n    scripts:\n      - make\n'
    const page = readHtml(await (await send('/convert', { content, base_version: '0' })).text())
    const huml = textOf(withId(page, 'field-content')!).slice(1)
    expect(huml).toContain('# why')
    const format = elementsOf(page).find(({ attributes }) => attributes['name'] === 'format')
    expect(format?.attributes['value']).toBe('huml')
    expect(textOf(withId(page, 'check-summary')!)).toBe('Valid, with 1 workflow')
    expect(await stored(browser, path)).toMatchObject({ source: 'repository' })
    const back = await send('/convert', { content: huml, format: 'huml' })
    expect(textOf(withId(readHtml(await back.text()), 'field-content')!)).toContain('workflows:\n')
    expect((await send('/convert', { content: 'a: [' })).status).toBe(422)
  })

  test('take the line ends that forms send for those that were typed, in HUML too', async () => {
    const { app, send, browser, path } = await start()
    await using _ = app
    const typed = 'workflows::\n  a::\n    scripts:: "make"\n'
    const sent = { content: typed.replaceAll('\n', '\r\n'), format: 'huml' }
    expect((await send('/validate', sent)).status).toBe(200)
    expect((await send('', { ...sent, base_version: '0' })).status).toBe(303)
    expect(await stored(browser, path)).toMatchObject({ content: typed, format: 'huml' })
    const late = readHtml(await (await send('', { ...sent, base_version: '0' })).text())
    expect(textOf(withId(late, 'check-summary')!)).toBe('Valid, with 1 workflow')
  })

  test('Run once starts a build of the draft; one with errors starts nothing', async () => {
    const { app, send, browser, id } = await start()
    await using _ = app
    const refused = await send('/run', { content: bad, branch: '', workflow: '' })
    expect(refused.status).toBe(422)
    expect(await refused.text()).toContain('so nothing was started')
    const nowhere = await send('/run', { content: workflow('true'), branch: 'nowhere' })
    expect(nowhere.status).toBe(422)
    expect(textOf(withId(readHtml(await nowhere.text()), 'field-branch-error')!)).not.toBe('')
    const run = await send('/run', { content: workflow('echo draft'), branch: '', workflow: '' })
    expect(run.status).toBe(303)
    const builds = (await (await browser.ask(`/api/builds?repository=${id}`)).json()) as {
      data: { config_source: string; trigger_type: string }[]
    }
    expect(builds.data).toMatchObject([{ config_source: 'draft', trigger_type: 'manual' }])
  })

  test('Run once asks for what the draft asks for, and keeps it over the other buttons', async () => {
    const { app, send, browser } = await start()
    await using _ = app
    const content =
      'workflows:\n  a:\n    inputs:\n      count:\n        description: How many\n' +
      '        type: number\n    scripts:\n      - make\n'
    const refused = readHtml(await (await send('/run', { content, workflow: 'a' })).text())
    expect(textOf(withId(refused, 'field-inputs-a-count-error')!)).toContain('count must be given')
    const sent = { content, workflow: 'a', 'inputs.a.count': '7' }
    const checked = readHtml(await (await send('/validate', sent)).text())
    expect(withId(checked, 'field-inputs-a-count')?.attributes['value']).toBe('7')
    const run = await send('/run', sent)
    expect(run.status).toBe(303)
    const build = await (await browser.ask(`/api${run.headers.get('location')}`)).json()
    expect(build).toMatchObject({ inputs: { count: 7 } })
  })
})

test('the API starts a build with a configuration of its own', async () => {
  const { app, id } = await start()
  await using _ = app
  const ask = (content: string) =>
    app.asAdmin(`/api/repositories/${id}/trigger`, {
      json: { configuration: { format: 'yaml', content } },
    })
  expect(await (await ask(workflow('echo draft'))).json()).toMatchObject({ config_source: 'draft' })
  expect((await ask(bad)).status).toBe(422)
})

test('the API refuses to store over a version that the writer has not seen', async () => {
  const { app, path } = await start()
  await using _ = app
  const put = (base_version?: number) =>
    app.asAdmin(`/api${path}`, {
      method: 'PUT',
      json: { format: 'yaml', content: workflow('true'), base_version },
    })
  expect([(await put(0)).status, (await put(0)).status, (await put()).status]).toEqual([
    200, 409, 200,
  ])
})

test('the place of a problem in stored HUML names a file of HUML', async () => {
  const { app, page, path, send } = await start()
  await using _ = app
  const content = 'workflows::\n  a::\n    nmae: "A"\n    scripts:: "make"\n'
  expect((await send('', { content, format: 'huml', base_version: '0' })).status).toBe(303)
  expect(textOf(await page(path))).toContain('oore.huml:3:5')
})

describe('the history', () => {
  test('comes a page at a time, and each version says what it changed', async () => {
    const { app, send, page, path } = await start()
    await using _ = app
    for (let n = 1; n <= 7; n += 1) await send('', { content: workflow(`echo ${n}`) })
    expect(textOf(await page(path))).toContain('All versions')
    const list = await page(`${path}/versions?limit=3`)
    const older = elementsOf(list).find(({ attributes }) => attributes['rel'] === 'next')
    expect(textOf(list)).toContain('Version 5')
    expect(textOf(await page(older?.attributes['href'] ?? ''))).toContain('Version 4')
    const version = await page(`${path}/versions/3`)
    const texts = (name: string) =>
      elementsOf(version)
        .filter((element) => element.name === name)
        .map(textOf)
        .join('')
    expect([texts('del'), texts('ins')]).toEqual([
      expect.stringContaining('echo 2'),
      expect.stringContaining('echo 3'),
    ])
    expect(textOf(await page(`${path}/versions/3?against=now`))).toContain(
      'From version 3 to version 7.',
    )
  })

  test('is restored by a new version, and a return to the file cannot be', async () => {
    const { app, send, browser, path } = await start()
    await using _ = app
    await send('', { content: workflow('echo one') })
    await browser.ask(`${path}/drop`, { form: {} })
    const restore = (version: number) =>
      browser.ask(`${path}/versions/${version}/restore`, { form: {} })
    expect((await restore(1)).status).toBe(303)
    expect(await stored(browser, path)).toMatchObject({ source: 'database', version: 3 })
    expect((await restore(2)).status).toBe(409)
    expect((await restore(9)).status).toBe(404)
  })

  test('says before the return to the file which one is used then', async () => {
    const { app, send, page, path } = await start()
    await using _ = app
    await send('', { content: workflow('echo one') })
    expect(textOf(await page(`${path}/drop`))).toMatch(/then use\s+oore\.yaml/)
  })
})

describe('what would run', () => {
  test('answers on the page for the configuration in use', async () => {
    const { app, page, path } = await start({
      'oore.yaml': [
        'workflows:',
        '  main:',
        '    triggering:',
        '      events: [push]',
        '      branch_patterns: [{ pattern: main }]',
        '    scripts: [make]',
        '  tags:',
        '    triggering: { events: [tag] }',
        '    scripts: [make]',
      ].join('\n'),
    })
    await using _ = app
    const answer = async (query: string) =>
      textOf(withId(await page(`${path}/explain?${query}`), 'explain-answer')!)
    const push = await answer('event=push&branch=main')
    expect(push).toMatch(/main runs: Branch "main" matches/)
    expect(push).toMatch(/tags does not run/)
    expect(await answer('event=push&branch=main&commit_message=x+%5Bskip+ci%5D')).toMatch(
      /main does not run: .*\[skip ci\]/,
    )
    expect(await answer('event=tag&tag=v1')).toMatch(/tags runs/)
    const missing = await page(`${path}/explain?event=tag`)
    expect(textOf(withId(missing, 'field-tag-error')!)).toContain('tag')
  })
})

test('a stranger learns nothing of any of it', async () => {
  const { app, path } = await start()
  await using _ = app
  for (const part of ['/edit', '/versions', '/versions/1', '/drop', '/explain?event=push']) {
    expect((await app.asStranger(`${path}${part}`)).status).toBe(303)
  }
})
