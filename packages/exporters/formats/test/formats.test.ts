import { parseRecord } from '@slm-audit/core'
import { CloudEvent } from 'cloudevents'
import { describe, expect, test } from 'vitest'
import { toCef, toCloudEvent, toEcs } from '../src/index.ts'
import { ecsProblems } from './ecs-fields.ts'
import { records } from './records.ts'

const all = await records()
const answered = all.find((each) => parseRecord(each).stage === 'complete')
const failed = all.find((each) => parseRecord(each).stage === 'error')
if (!answered || !failed) throw new Error('records are missing')

describe('ECS', () => {
  test.each(['9.4.0', '9.5.0-dev'] as const)('%s: every field is of the schema', (version) => {
    for (const sealed of all) {
      expect(ecsProblems(toEcs(sealed, { version, texts: true }), version)).toEqual([])
    }
  })

  test('says who asked which model, and what came of it', () => {
    expect(toEcs(answered)).toMatchObject({
      event: { outcome: 'success', category: ['api'], type: ['access', 'end'] },
      gen_ai: {
        system: 'openai',
        request: { model: 'small-1', temperature: 0.2, max_tokens: 64, seed: 7 },
        response: { id: 'r-1', model: 'small-1-0924' },
        usage: { input_tokens: 12, output_tokens: 4 }
      },
      labels: { tier: 'gold', turn: '3' },
      slm_audit: { finish_reasons: ['stop'] },
      user: { id: 'u-7' }
    })
    expect(JSON.stringify(toEcs(failed))).not.toContain('quoted prompt')
    expect(toEcs(failed, { texts: true })).toMatchObject({
      error: { code: 'slow', message: 'quoted prompt' },
      event: { outcome: 'failure', type: ['access', 'end', 'error'] }
    })
  })

  test('texts go along only when asked for', () => {
    expect(JSON.stringify(toEcs(answered, { version: '9.5.0-dev' }))).not.toContain('On its way')
    const open = toEcs(answered, { version: '9.5.0-dev', texts: true })
    expect(open).toMatchObject({
      gen_ai: { output: { messages: [{ role: 'assistant', parts: [{ type: 'text' }] }] } }
    })
  })
})

describe('CloudEvents', () => {
  test('every record is an event that the SDK of the specification accepts', () => {
    const ids = new Set<string>()
    for (const sealed of all) {
      const event = new CloudEvent(JSON.parse(JSON.stringify(toCloudEvent(sealed))), true)
      expect(event.validate()).toBe(true)
      ids.add(event.id)
    }
    expect(ids.size).toBe(all.length)
  })

  test('sequences sort as text as the records stand in the log', () => {
    const sequences = all.map((each) => String(toCloudEvent(each).sequence))
    expect(sequences.toSorted()).toEqual(sequences)
  })

  test('carries the header alone, or all that proves the contents', () => {
    expect(toCloudEvent(answered).data).toEqual(JSON.parse(answered.header))
    const { data } = toCloudEvent(answered, { data: 'record' }) as unknown as {
      data: { contents: { name: string; body: string; salt: string }[] }
    }
    const output = data.contents.find(({ name }) => name === 'output')
    expect(Buffer.from(output?.body ?? '', 'base64').toString()).toContain('On its way.')
    expect(Buffer.from(output?.salt ?? '', 'base64')).toHaveLength(32)
  })
})

/** Reads a line as the standard says, sharing nothing with the writer. */
function parseCef(line: string) {
  const parts = line.match(/(?:\\.|[^|\\])*(?:\||$)/g) ?? []
  const [version, vendor, product, , event, name, severity] = parts
    .slice(0, 7)
    .map((part) => part.replace(/\|$/, '').replace(/\\(.)/g, '$1'))
  const rest = parts.slice(7).join('')
  const extension: { [key: string]: string } = {}
  for (const match of rest.matchAll(/(\w+)=((?:\\.|[^=\\])*?)(?= \w+=|$)/g)) {
    extension[String(match[1])] = String(match[2]).replace(/\\(.)/g, (_, each) =>
      each === 'n' ? '\n' : each
    )
  }
  return { version, vendor, product, event, name, severity: Number(severity), extension }
}

describe('CEF', () => {
  test('every record is one line with seven fields and known keys', () => {
    const known =
      /^(rt|start|end|externalId|act|outcome|suid|shost|spid|sourceServiceName|dhost|dpt|destinationServiceName|msg|request|reason|cs[1-6](Label)?|cn[1-3](Label)?|flexNumber[12](Label)?)$/
    for (const sealed of all) {
      const line = toCef(sealed, { texts: true })
      expect(line).not.toMatch(/[\r\n]/)
      const { version, severity, extension } = parseCef(line)
      expect(version).toBe('CEF:0')
      expect(severity).toBeGreaterThanOrEqual(0)
      expect(severity).toBeLessThanOrEqual(10)
      for (const key of Object.keys(extension)) expect(key).toMatch(known)
    }
  })

  test('what the format uses itself is escaped', () => {
    const { extension } = parseCef(toCef(answered, { texts: true }))
    expect(extension).toMatchObject({
      outcome: 'success',
      sourceServiceName: 'support|bot',
      suid: 'u-7',
      cs1: 'small-1-0924',
      cs1Label: 'model',
      flexNumber1: '12',
      reason: expect.stringContaining('On its way.')
    })
    const received = all.find((each) => parseRecord(each).stage === 'received')
    const asked = received && parseCef(toCef(received, { texts: true })).extension.request
    expect(asked).toContain('Where is my order?\nIt = 7|8 \\ late')
    expect(toCef(answered)).not.toContain('On its way')
  })
})
