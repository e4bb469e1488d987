import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCaptured } from '@slm-audit/file'
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption'
import { createAuditLog, openReader, type PolicyDocument } from 'slm-audit'
import { afterAll, expect, test } from 'vitest'
import { cli } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-encrypt-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = join(folder, 'audit.db')
const identities = [await generateIdentity(), await generateIdentity(), await generateIdentity()]
const [first = '', second = '', stranger = ''] = identities
const keyFiles = identities.map((_, index) => join(folder, `identity-${index}.txt`))
for (const [index, path] of keyFiles.entries()) {
  writeFileSync(path, `# made for a test\n${identities[index]}\n`, { mode: 0o600 })
}
const recipients = await Promise.all([first, second].map(identityToRecipient))

const image = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7) % 256)
const input = [
  { role: 'user', content: 'Where is ada?' },
  { role: 'assistant', tool_calls: [{ function: { name: 'find', arguments: '{"q":"SOUGHT"}' } }] },
  { role: 'tool', content: 'FOUND at ada@example.org' }
]

async function recordCall(): Promise<string> {
  const policy: PolicyDocument = {
    recipients,
    rules: [
      {
        level: 'RequestResponse',
        redact: [{ detectors: 'email' }],
        capture: {
          reasoning: 'encrypt',
          toolArguments: 'encrypt',
          toolResults: 'encrypt',
          logprobs: 'encrypt',
          media: 'encrypt'
        }
      }
    ]
  }
  const log = await createAuditLog({ file, policy, media: 'keep' })
  const data = Buffer.from(image).toString('base64')
  const seen = {
    role: 'user',
    content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }]
  }
  const call = log.open({ operation: 'chat', provider: 'test', input: [...input, seen] })
  call.complete({
    output: 'She is <think>PONDERED twice</think>here.',
    reasoning: { source: 'field', text: 'PONDERED' },
    logprobs: [{ token: 'SURE', logprob: -1 }]
  })
  await log.close()
  return call.auditId
}

test('what a rule encrypts is on no disk, and whoever has an identity reads it', async () => {
  const auditId = await recordCall()
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  const paths = files.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
  const bytes = Buffer.concat(paths.map((path) => readFileSync(path)))
  for (const gone of ['PONDERED', 'SOUGHT', 'FOUND', '"SURE"', 'ada@example.org']) {
    expect(bytes.includes(gone)).toBe(false)
  }
  expect(bytes.includes(Buffer.from(image.subarray(0, 64)))).toBe(false)

  await using reader = await openReader(file)
  const stored = await reader.get(auditId)
  if (!stored) throw new Error('the call is there')
  expect(stored.contents.input).toMatchObject([input[0], {}, {}, {}])
  const marked = stored.record.altered?.filter(({ what }) => what === 'encrypted') ?? []
  expect(marked.map(({ pointer }) => pointer.replace(/[0-9a-f]{64}/, '…')).sort()).toEqual([
    '/input/1/tool_calls/0/function/arguments',
    '/input/2/content',
    '/logprobs',
    '/media.…',
    '/output',
    '/reasoning'
  ])
  for (const identity of [first, second]) {
    const { contents } = await openCaptured(stored, [identity])
    expect(contents.reasoning).toBe('PONDERED')
    expect(contents.output).toBe('She is <think>PONDERED twice</think>here.')
    expect(contents.logprobs).toEqual([{ token: 'SURE', logprob: -1 }])
    // What is redacted is redacted for whoever has an identity, too.
    expect(contents.input).toMatchObject([input[0], input[1], { content: 'FOUND at ⟨email⟩' }, {}])
    expect(Object.entries(contents).find(([name]) => name.startsWith('media.'))?.[1]).toEqual(image)
  }
  await expect(openCaptured(stored, [stranger])).rejects.toMatchObject({ code: 'bad_key' })
})

test('any other age opens it', async () => {
  await using reader = await openReader(file)
  const [{ auditId } = { auditId: '' }] = (await reader.query({})).items
  const text = String((await reader.get(auditId))?.contents.reasoning)
  const decrypter = new Decrypter()
  decrypter.addIdentity(first)
  const bytes = Buffer.from(text.slice('⟨age:'.length, -1), 'base64')
  expect(await decrypter.decrypt(bytes, 'text')).toBe('PONDERED')
})

test('show opens it with an identity, and tells one who has none of it', async () => {
  const show = (...rest: string[]) => cli('show', 'last', '-f', file, ...rest)
  expect((await show()).out).not.toContain('PONDERED')
  expect((await show()).out).toMatch(/\/reasoning encrypted \(8 bytes, policy\)/)
  expect((await show('--identity', keyFiles[1] ?? '')).out).toContain('PONDERED')
  const refused = await show('--identity', keyFiles[2] ?? '')
  expect(refused.error).toContain('give the identity of a recipient')
  expect(refused.code).not.toBe(0)
})

test.each([
  [
    'nobody',
    {},
    /rules\[0\]\.capture\.reasoning is encrypt, but nobody could read it; give the policy recipients/
  ],
  ['an empty list', { recipients: [] }, /recipients must be a list of age recipients/],
  ['an identity', { recipients: [first] }, /recipients\[0\] is an identity, which reads/],
  [
    'a wrong letter',
    { recipients: [`${recipients[0]?.slice(0, -1)}b`] },
    /recipients\[0\] is not an age recipient/
  ],
  [
    'a key that gives no secret',
    { recipients: [`age1${'q'.repeat(52)}5cu47z`] },
    /recipients\[0\] is an age recipient that nothing can be encrypted to; give one that age-keygen printed/
  ],
  ['a number', { recipients: [7] }, /recipients\[0\] must be an age recipient \(age1…\), not 7/]
])('a policy that encrypts to %s is refused when it is loaded', async (_, given, message) => {
  const rules = [{ level: 'RequestResponse', capture: { reasoning: 'encrypt' } }]
  const policy = { ...given, rules } as PolicyDocument
  const opened = createAuditLog({ file: join(folder, 'other.db'), policy })
  const problem = await opened.then(
    () => undefined,
    (error: unknown) => error
  )
  expect(problem).toMatchObject({ code: 'bad_policy', message: expect.stringMatching(message) })
  expect(String(problem)).not.toContain(first)
})
