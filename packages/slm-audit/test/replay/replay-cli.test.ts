import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditFetch } from '@slm-audit/fetch'
import { openReader } from '@slm-audit/sqlite'
import { fakeServer } from '@slm-audit/testing'
import { createAuditLog } from 'slm-audit'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { cli } from '../run.ts'
import { answer, QUESTIONS, talk } from './shop.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-replay-'))
const file = join(folder, 'audit.db')
let old: Awaited<ReturnType<typeof fakeServer>>

beforeAll(async () => {
  old = await fakeServer(answer('Three days.'), answer('It has shipped.'), answer('Yes.'))
  await using log = await createAuditLog({ file, service: 'shop' })
  await log.withContext({ session: 'S-1' }, () => talk(auditFetch(log), `${old.url}/v1`))
})

afterAll(() => old[Symbol.asyncDispose]())

test('a recorded call is made again where it went, stored with a link, and found alike', async () => {
  old.answer(answer('Three days.'))
  const { out, code } = await cli('replay', 'took:>=0s', 'refund', '--file', file)
  expect(out).toMatch(/^✓ \d+ {2}How long does a refund take\?/)
  expect(out).toContain('1 call made again: 1 answered alike, 0 changed')
  expect(code).toBe(0)
  await using reader = await openReader(file)
  const [made] = (await reader.query({ tag: 'replays' })).items
  const call = made && (await reader.get(made.auditId))
  expect(call?.record.context).toMatchObject({ session: 'S-1' })
  expect(old.requests.at(-1)?.body).toBe(
    JSON.stringify({
      model: 'small-1',
      messages: [{ role: 'user', content: QUESTIONS[0] }],
      temperature: 0,
      stream: false
    })
  )
})

test('a set is frozen, replayed on another model, shown with what differs, and compared in one table', async () => {
  const frozen = await cli('set', 'freeze', 'shop', 'session:S-1', '--file', file)
  expect(frozen.out).toContain('3 calls are frozen as shop')
  const twice = await cli('set', 'freeze', 'shop', 'session:S-1', '--file', file)
  expect(twice).toMatchObject({ code: 2 })
  expect(twice.error).toContain('the set shop is frozen already')
  expect((await cli('set', 'list', '--file', file)).out).toMatch(/shop +3 /)
  await using candidate = await fakeServer(
    answer('Five days.', 'small-2'),
    answer('It has shipped.', 'small-2'),
    answer('Yes.', 'small-2')
  )
  const replayed = await cli(
    'replay',
    '--set',
    'shop',
    '--on',
    'small-2',
    '--to',
    `${candidate.url}/v1`,
    '--header',
    'authorization: Bearer k',
    '--max-changed',
    '20%',
    '--file',
    file
  )
  expect(replayed.out).toContain('[Three] days.')
  expect(replayed.out).toContain('[Five] days.')
  expect(replayed.out).toContain('different: model small-1 → small-2')
  expect(replayed.out).toContain('3 calls made again: 2 answered alike, 1 changed')
  expect(replayed.code).toBe(1)
  expect(candidate.requests[0]?.headers.authorization).toBe('Bearer k')
  const compared = await cli('compare', '--by', 'model', 'small-1', 'small-2', '--file', file)
  expect(compared.out).toContain('answers changed in 33%')
})

test('as JSON, calls that are made again are one document with what differs', async () => {
  const texts = ['Three days.', 'It is lost.', 'Yes.']
  await using other = await fakeServer(...texts.map((text) => answer(text)))
  const asked = ['replay', 'session:S-1', '--to', `${other.url}/v1`, '--json']
  const { out, code } = await cli(...asked, '--max-changed', '20%', '--file', file)
  expect(JSON.parse(out)).toMatchObject([
    { isIdentical: true },
    { isIdentical: false },
    { isIdentical: true }
  ])
  expect(code).toBe(1)
})

test('calls that replay others are replayed where the filter names their tag, and not else', async () => {
  old.answer(answer('Three days.'))
  const one = ['--limit', '1', '--to', `${old.url}/v1`, '--file', file]
  const of = async (...words: string[]) => await cli('replay', ...words, ...one)
  expect((await of('model:small-2')).error).toBe(
    'slm-audit: for this filter there are only calls that replay others; tag.replays:* means those'
  )
  expect((await of('model:small-2', 'tag.replays:*')).out).toContain('1 call made again')
})

test('a set whose calls the log does not have says so', async () => {
  const other = join(folder, 'other.db')
  await (await createAuditLog({ file: other })).close()
  const { error, code } = await cli('replay', '--set', 'shop', '--file', other)
  expect(error).toMatch(/the call \S+ of the set shop is not in this log/)
  expect(code).toBe(2)
})

test('an application runs on the record alone, and the command says how far it was the recording again', async () => {
  const program = join(folder, 'application.mjs')
  const body = (question: string) =>
    JSON.stringify({
      model: 'small-1',
      messages: [{ role: 'user', content: question }],
      temperature: 0
    })
  const asking = (questions: readonly string[]) => `
    for (const body of ${JSON.stringify(questions.map(body))}) {
      const response = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', body })
      const { choices } = await response.json()
      process.stderr.write(choices[0].message.content + ' ')
    }`
  writeFileSync(program, asking(QUESTIONS))
  const command = [
    'replay',
    '--offline',
    'session:S-1',
    '--run',
    `${process.execPath} ${program}`,
    '--file',
    file
  ]
  const same = await cli(...command)
  expect(same.out).toBe('✓ 3 of 3 recorded calls asked again exactly')
  expect(same.code).toBe(0)
  writeFileSync(program, asking(['How long does a refund take??']))
  const diverged = await cli(...command, '--json')
  expect(JSON.parse(diverged.out)).toMatchObject({
    exact: 0,
    diverged: 1,
    unused: 2,
    steps: [{ differs: ['input'] }]
  })
  expect(diverged.code).toBe(1)
})

test('an application that has clients of AWS ignore addresses is led to the record, too', async () => {
  const program = join(folder, 'ignoring.mjs')
  writeFileSync(
    program,
    `process.exit(process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'false' ? 0 : 3)`
  )
  vi.stubEnv('AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', 'true')
  const run = `${process.execPath} ${program}`
  const asked = ['replay', '--offline', 'session:S-1', '--run', run]
  const { error, code } = await cli(...asked, '--file', file)
  vi.unstubAllEnvs()
  expect(error).not.toContain('exit code 3')
  expect(code).toBe(1)
})

test.each(['--json', '--jsonl'])(
  'the address of a server is no part of what programs read: %s',
  async (form) => {
    const waiting = process.listenerCount('SIGTERM')
    const served = cli('replay', '--offline', 'session:S-1', form, '--file', file)
    await expect.poll(() => process.listenerCount('SIGTERM')).toBe(waiting + 1)
    process.emit('SIGTERM')
    const { code, out, error } = await served
    expect(error).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n/)
    expect(JSON.parse(out)).toMatchObject({ exact: 0, unused: 3 })
    expect(code).toBe(1)
  }
)

test('a model in this process is asked by a function of the configuration', async () => {
  const config = join(folder, 'slm-audit.config.mjs')
  writeFileSync(
    config,
    `export default { replay: { run: ({ input, settings, model }, log) =>
    log.record({ operation: 'chat', provider: 'here', model, input, settings }, async () => 'Three days.') } }`
  )
  const { out, code } = await cli('replay', 'refund', '--config', config, '--file', file)
  // In another format, but word for word.
  expect(out).toContain('1 call made again: 1 answered alike')
  expect(code).toBe(0)
})

test('a function of the configuration leaves to the wire what it does not ask itself', async () => {
  const config = join(folder, 'mixed.config.mjs')
  writeFileSync(config, `export default { replay: { run: async () => 'send' } }`)
  old.answer(answer('Three days.'))
  const { out, code } = await cli('replay', 'refund', '--config', config, '-n', '1', '--file', file)
  expect([code, out]).toEqual([0, expect.stringContaining('1 answered alike')])
})

test.each([
  [['replay'], 'replay makes calls again that you choose'],
  [['replay', '99999'], 'there is no call 99999'],
  [['replay', 'session:none'], 'no call of a model is recorded for this filter'],
  [['replay', '--offline', 'session:S-1', '--fork-at', '2'], 'need its address: --to'],
  [
    ['replay', '--offline', 'session:S-1', '--run', 'exit 3'],
    'the application ended with exit code 3'
  ],
  [
    ['replay', 'last', '--header', 'x: $NOT_SET_HERE'],
    'the header x needs the variable NOT_SET_HERE'
  ],
  [['set', 'freeze', '../up', 'session:S-1'], 'cannot be the name of a set']
])('%j is refused with the next step', async (words, message) => {
  const { error, code } = await cli(...words, '--file', file)
  expect(error).toContain(message)
  expect(code).toBe(2)
  expect(existsSync(join(folder, 'up.json'))).toBe(false)
})

test('show --curl prints the request for a shell, whatever was asked in it', async () => {
  const asked = join(folder, 'curl.db')
  const question = `What's $HOME and \`id\` in "quotes"?`
  old.answer(answer('Nothing.'))
  {
    await using log = await createAuditLog({ file: asked })
    const body = JSON.stringify({
      model: 'small-1',
      messages: [{ role: 'user', content: question }]
    })
    await auditFetch(log)(`${old.url}/v1/chat/completions`, { method: 'POST', body })
  }
  const { out } = await cli('show', 'last', '--curl', '--file', asked)
  // What a shell makes of it, in place of curl.
  const words = execFileSync('sh', ['-c', out.replace(/^curl/, "printf '%s\\n'")]).toString()
  const [address, , type, , body = ''] = words.split('\n')
  expect([address, type]).toEqual([
    `${old.url}/v1/chat/completions`,
    'content-type: application/json'
  ])
  expect(JSON.parse(body)).toMatchObject({ messages: [{ role: 'user', content: question }] })
})

test('calls that have no form on the wire are not served, and that is said', async () => {
  const here = join(folder, 'here.db')
  {
    await using log = await createAuditLog({ file: here })
    const request = { operation: 'chat', provider: 'here', model: 'm', input: 'hi' }
    await log.withContext({ session: 'S-9' }, () => log.record(request, async () => 'ho'))
  }
  const { error, code } = await cli('replay', '--offline', 'session:S-9', '--file', here)
  expect(error).toContain('none of the 1 recorded calls can be served')
  expect(code).toBe(2)
})
