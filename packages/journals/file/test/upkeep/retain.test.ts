import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyDocument } from '@slm-audit/core'
import { parseRecord } from '@slm-audit/core/journal'
import { addHold, fileExporter, listHolds, openFileReader, planRetention } from '@slm-audit/file'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { chat, freshPath, openLog, textsIn } from '../support.ts'
import { apply, later, policy, record, written } from './aged-logs.ts'
import { filesWith, read } from './conversations.ts'

describe('retention in files', () => {
  test.each([undefined, 'gzip', 'zstd'] as const)(
    'takes contents, then whole records, and leaves proofs and what is kept for longer (%s)',
    async (compression) => {
      const directory = await written(compression && { compression })
      const before = (await read(directory)).records
      expect(await planRetention(directory)).toMatchObject({ expired: { records: 0 } })
      const half = { now: later(0.6) }
      const planned = await planRetention(directory, half)
      expect(planned).toMatchObject({ expired: { records: 792 }, pruned: { records: 0 } })
      expect(await apply(directory, half)).toEqual(planned)
      expect(filesWith(directory, 'oldwords')).toEqual([])
      const { records, report } = await read(directory)
      expect(report.flaw).toBeUndefined()
      expect(report).toMatchObject({ unexplained: 0, strays: 0, pruned: 0 })
      expect(records.slice(0, before.length).map(({ header }) => header)).toEqual(
        before.map(({ header }) => header)
      )
      expect(textsIn(records).filter((text) => text.startsWith('keptwords'))).toHaveLength(4)
      expect(await apply(directory, half)).toMatchObject({ expired: { records: 0 } })
      // Whole records: a tile in which something is kept for longer stays.
      const brief: PolicyDocument = {
        ...policy,
        retention: {
          default: 'short',
          classes: { short: { headers: 'P1Y' }, long: { headers: 'P1Y' } }
        }
      }
      const due = { now: later(2), policy: brief }
      const all = await planRetention(directory, due)
      expect(all).toMatchObject({ expired: { records: 8 }, pruned: { tiles: 3 } })
      expect(await apply(directory, due)).toEqual(all)
      const left = await read(directory)
      expect(left.report.flaw).toBeUndefined()
      expect(left.report).toMatchObject({ unexplained: 0, strays: 0, pruned: all.pruned.records })
      expect(left.records.length).toBe(left.report.size - all.pruned.records)
      await using reader = await openFileReader(directory)
      expect((await reader.search('oldwords')).items).toEqual([])
      const [newest] = (await reader.query('kind:call')).items
      const [proved] = await reader.prove(newest?.auditId ?? '')
      expect(proved?.proof).toMatch(/tlog-proof/)
    }
  )

  test('is followed by appends, and by a run that takes what came since', async () => {
    const directory = await written()
    const none = {
      default: 'none',
      classes: { none: { headers: 'P0D' }, long: { headers: 'P0D' } }
    }
    const now = {
      policy: { ...policy, retention: none, rules: [{ level: 'RequestResponse' }] }
    } as const
    await apply(directory, { ...now, now: later(0.001) })
    const { log, problems } = await openLog({ directory, rotate: { bytes: 30_000 } }, { policy })
    await record(log, 0, 200)
    await apply(directory, { ...now, now: later(0.001) })
    await record(log, 200, 210)
    await log.close()
    expect(problems).toEqual([])
    const { report, records } = await read(directory)
    expect(report.flaw).toBeUndefined()
    expect(report).toMatchObject({ unexplained: 0, strays: 0, openCalls: 0, unsigned: 0 })
    expect(report.pruned).toBeGreaterThan(900)
    expect(textsIn(records).filter((text) => text.startsWith('oldwords')).length).toBe(9)
  })

  test('leaves a call that has not ended, and what is said of it', async () => {
    const directory = freshPath()
    const { log } = await openLog({ directory, rotate: { bytes: 30_000 } })
    let end = (_: string) => {}
    const answer = new Promise<string>((resolve) => {
      end = resolve
    })
    const open = log.record({ ...chat, input: 'openwords' }, () => answer)
    await record(log, 0, 300)
    const none = { default: 'none', classes: { none: { headers: 'P0D' } } }
    const now = { policy: { ...policy, retention: none }, now: later(0.001) }
    const rules: PolicyDocument['rules'] = [{ level: 'RequestResponse' }]
    await apply(directory, { ...now, policy: { ...now.policy, rules } })
    end('at last')
    await open
    await log.close()
    const { report, records } = await read(directory)
    expect(report.flaw).toBeUndefined()
    expect(report.openCalls).toBe(0)
    expect(report.pruned).toBeGreaterThan(400)
    const stages = records.map((each) => parseRecord(each)).filter(({ call }) => call)
    expect(stages.map(({ stage }) => stage).slice(0, 1)).toEqual(['received'])
  })

  test('waits for an exporter that is behind, and a copy in files follows', async () => {
    const [directory, copy] = [freshPath(), freshPath('copy')]
    const exporters = () => [fileExporter({ directory: copy, rotate: { bytes: 30_000 } })]
    const options = { directory, rotate: { bytes: 30_000 } }
    const first = await openLog(options, { policy, exporters: exporters() })
    await record(first.log, 0, 200)
    await first.log.close()
    const second = await openLog(options, { policy })
    await record(second.log, 200, 400)
    await second.log.close()
    const due = { now: later(2) }
    const planned = await planRetention(directory, due)
    expect(planned.waiting).toMatchObject([{ name: 'file' }])
    expect(planned.expired.records).toBeLessThan(400)
    await (await openLog(options, { exporters: exporters() })).log.close()
    const done = await apply(directory, due)
    expect(done).toMatchObject({ waiting: [], expired: { records: 792 } })
    const third = await openLog(options, { exporters: exporters() })
    await third.log.close()
    expect(third.problems).toEqual([])
    expect(filesWith(copy, 'oldwords')).toEqual([])
    const [own, theirs] = [await read(directory), await read(copy)]
    expect(own.report.flaw).toBeUndefined()
    expect(theirs.report.flaw).toBeUndefined()
    expect(theirs.report.pruned).toBe(own.report.pruned)
    const headers = ({ records }: typeof own) => records.map(({ header }) => header)
    expect(headers(theirs)).toEqual(headers(own))
  })

  test('reads and writes an encrypted log by an identity, and refuses without one', async () => {
    const identity = await generateIdentity()
    const recipients = [await identityToRecipient(identity)]
    const directory = await written({ recipients, compression: 'gzip' })
    await expect(apply(directory, { now: later(2) })).rejects.toThrow(/give an age identity/)
    const identities = [identity]
    const done = await apply(directory, { now: later(2), identities })
    expect(done.expired.records).toBe(792)
    const { report, records } = await read(directory, identities)
    expect(report.flaw).toBeUndefined()
    expect(report).toMatchObject({ unexplained: 0, strays: 0, pruned: done.pruned.records })
    expect(textsIn(records).join()).not.toMatch(/oldwords/)
    expect(textsIn(records).filter((text) => text.startsWith('keptwords'))).toHaveLength(4)
  })

  test('leaves an encrypted log one that is written encrypted, also where nothing of its first files is left', async () => {
    const identity = await generateIdentity()
    const identities = [identity]
    const directory = freshPath()
    const recipients = [await identityToRecipient(identity)]
    const { log } = await openLog({ directory, recipients, rotate: { bytes: 30_000 } })
    await record(log, 0, 300)
    await log.close()
    const none = { default: 'none', classes: { none: { headers: 'P0D' } } }
    const rules: PolicyDocument['rules'] = [{ level: 'RequestResponse' }]
    const due = { policy: { retention: none, rules }, now: later(0.001), identities }
    expect((await apply(directory, due)).pruned.tiles).toBe(2)
    const hold = { scope: { user: 'u-4711' }, incident: 'inc-7', reason: 'because', identities }
    await addHold(directory, { ...hold, stateFolder: false })
    expect(filesWith(directory, 'u-4711')).toEqual([])
    expect(await listHolds(directory, { identities })).toMatchObject([{ incident: 'inc-7' }])
    expect((await read(directory, identities)).report.flaw).toBeUndefined()
  })

  test('is told from what somebody took away', async () => {
    const directory = await written()
    const due = {
      now: later(2),
      policy: { ...policy, rules: [{ level: 'RequestResponse' }] }
    } as const
    await apply(directory, due)
    const { log } = await openLog({ directory })
    await record(log, 0, 3)
    await log.close()
    const [name = ''] = filesWith(directory, 'oldwords')
    const path = join(directory, name)
    const lines = readFileSync(path, 'utf8').split('\n')
    const at = lines.findIndex((line) => line.includes('"stage":"complete"'))
    const { index, leaf } = JSON.parse(lines[at] ?? '')
    writeFileSync(path, lines.with(at, JSON.stringify({ pruned: index, leaves: leaf })).join('\n'))
    const { flaw } = (await read(directory)).report
    expect(flaw).toMatchObject({ index, kind: 'missing' })
    expect(flaw?.detail).toMatch(/no record of retention says so/)
    const expired = lines[at]?.replace(/"salt":"[^"]+","text":"[^"]*"/, '"salt":""') ?? ''
    const marked = expired.replace(',"writer"', ',"aged":"contents.expired","writer"')
    writeFileSync(path, lines.with(at, marked).join('\n'))
    expect((await read(directory)).report.flaw).toMatchObject({ index, kind: 'content missing' })
  })

  test('needs a policy that says how long', async () => {
    const directory = freshPath()
    await (await openLog({ directory })).log.close()
    await expect(planRetention(directory)).rejects.toThrow(/no policy of .* says how long/)
    await expect(planRetention(`${directory}-none`)).rejects.toThrow(/there is no audit log in/)
  })
})
