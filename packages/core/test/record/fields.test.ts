import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Fields } from '../../src/record/fields/field.ts'
import { RECORD_FIELDS } from '../../src/record/fields/record-fields.ts'

afterEach(() => {
  vi.doUnmock('../../src/record/fields/call-fields.ts')
  vi.resetModules()
})

describe('a header field is written down once', () => {
  test('one that is added to the table is recorded, checked, typed and documented', async () => {
    vi.resetModules()
    vi.doMock('../../src/record/fields/call-fields.ts', async (original) => {
      const { name } = await import('../../src/record/fields/field.ts')
      const found = await original<typeof import('../../src/record/fields/call-fields.ts')>()
      const region = name('region that serves the call')
      return { ...found, CALL_FIELDS: { ...found.CALL_FIELDS, region } }
    })
    const { callsOf, chat, newLog } = await import('../helpers.ts')
    const { auditRecordJsonSchema, auditRecordSchema } = await import('@slm-audit/core/schema')
    const { recordTypes } = await import('../../../../scripts/record-types.ts')
    const { withFieldTables } = await import('../../../../scripts/field-tables.ts')

    const { log, journal, problems } = newLog()
    for (const region of ['eu-1', 'where alice lives', {}]) {
      log.open({ ...chat, region } as typeof chat).complete({})
    }
    await log.flush()
    const calls = callsOf(journal.records)
    expect(calls.map(({ record }) => Reflect.get(record.call ?? {}, 'region'))).toEqual([
      'eu-1',
      undefined,
      undefined
    ])
    expect(calls[1]?.contents['header.call']).toEqual({ region: 'where alice lives' })
    expect(calls[2]?.record.altered).toEqual([
      { pointer: '/call/region', what: 'unread', reason: 'object' }
    ])
    expect(problems).toMatchObject([{ message: expect.stringContaining('call/region') }])
    for (const { header } of journal.records) auditRecordSchema.parse(JSON.parse(header))
    expect(journal.records[0]?.header).toContain('"provider":"test","region":"eu-1"}')

    expect(JSON.stringify(auditRecordJsonSchema())).toContain('region that serves the call')
    expect(recordTypes()['request-types.ts']).toContain(
      '/** Region that serves the call. */\n  readonly region?: string | undefined\n'
    )
    const page = withFieldTables('<!-- fields: made by `pnpm run generate` -->\n<!-- /fields -->\n')
    expect(page).toContain('| `region` | name | region that serves the call |')
  })

  test('every field has a sentence of its own', () => {
    const walk = (fields: Fields, path: string): void => {
      for (const [name, field] of Object.entries(fields)) {
        expect(field.says, `${path}${name}`).toMatch(/^\S.{2,}[^.]$/)
        const inner = 'of' in field ? field.of : undefined
        if (field.is === 'group') walk(inner as Fields, `${path}${name}.`)
      }
    }
    walk(RECORD_FIELDS, '')
  })
})
