import { createHash } from 'node:crypto'
import { parseRecord } from '@slm-audit/core'
import { canonicalize } from '@slm-audit/core/exporter'
import { describe, expect, test } from 'vitest'
import { toOcsf } from '../src/index.ts'
import { ocsfProblems } from './ocsf-schema.ts'
import { records } from './records.ts'

const all = await records()

describe('OCSF', () => {
  test.each(['1.8.0', '1.9.0-dev'] as const)('%s: every record keeps the schema', (version) => {
    expect(all.length).toBeGreaterThan(10)
    for (const sealed of all) {
      const event = toOcsf(sealed, { version, texts: true })
      expect(ocsfProblems(JSON.parse(JSON.stringify(event)), version)).toEqual([])
    }
  })

  test('the check itself finds what is missing, unknown and out of range', () => {
    const [sealed] = all
    if (!sealed) throw new Error('no record')
    const event = { ...toOcsf(sealed), severity_id: 8, colour: 'red', actor: {}, time: undefined }
    const { time: _time, ...broken } = event
    expect(ocsfProblems(broken, '1.8.0')).toEqual([
      '/time is required',
      expect.stringMatching(/^\/actor has none of/),
      '/severity_id may not be 8',
      '/colour is not an attribute of api_activity'
    ])
  })

  test('says who asked which model, and what came of it', () => {
    const answered = all.find((each) => parseRecord(each).stage === 'complete')
    const event = answered && toOcsf(answered)
    expect(event).toMatchObject({
      class_uid: 6003,
      type_uid: 600_399,
      status: 'Success',
      actor: { app_name: 'support|bot', user: { uid: 'u-7' }, session: { uid: 'S-42' } },
      ai_model: { ai_provider: 'openai', name: 'small-1-0924' },
      message_context: { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 },
      metadata: { tenant_uid: 't-1', sequence: answered?.index },
      dst_endpoint: { ip: '127.0.0.1', port: 8080 },
      unmapped: { finish_reasons: ['stop'], settings: { seed: 7 } }
    })
    expect(JSON.stringify(event)).not.toContain('On its way')
    const failed = all.find((each) => parseRecord(each).stage === 'error')
    expect(failed && toOcsf(failed)).toMatchObject({
      status: 'Failure',
      status_code: 'slow',
      severity: 'Medium',
      http_response: { code: 429 }
    })
  })

  test('the text of an error, which may quote the prompt, stays out unless asked for', () => {
    const failed = all.find((each) => parseRecord(each).stage === 'error')
    const event = (texts: boolean) => JSON.stringify(failed && toOcsf(failed, { texts }))
    expect(event(false)).not.toContain('quoted prompt')
    expect(event(true)).toContain('quoted prompt')
  })

  test('texts go along only when asked for, and only where the version has room', () => {
    const text = 'On its way.'
    const events = (options: object) => JSON.stringify(all.map((each) => toOcsf(each, options)))
    expect(events({ texts: true, version: '1.8.0' })).not.toContain(text)
    expect(events({ version: '1.9.0-dev' })).not.toContain(text)
    expect(events({ texts: true, version: '1.9.0-dev' })).toContain(text)
  })

  test('1.9: the fingerprint is the hash of the rest of the event', () => {
    for (const sealed of all) {
      const event = toOcsf(sealed, { version: '1.9.0-dev' })
      const [attestation] = event.attestation_list as [{ fingerprint: { value: string } }]
      const { fingerprint, ...place } = attestation
      const rest = canonicalize({ ...event, attestation_list: [place] })
      expect(fingerprint.value).toBe(createHash('sha256').update(rest).digest('hex'))
    }
  })
})
