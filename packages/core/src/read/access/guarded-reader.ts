import type { WatchGrowth } from '../../journal/growth-watch.ts'
import { ACCESS, type AccessAction, type AccessNote } from '../../record/access-record.ts'
import type { VerifyOptions, VerifyReport } from '../../verify/report.ts'
import type { CallSummary, Page, PageRequest } from '../call-summary.ts'
import type { CompareRequest, Comparison } from '../compare/comparison.ts'
import type { TextField } from '../filter/fields.ts'
import { filterText } from '../filter/filter-text.ts'
import { type Filter, filterTree } from '../filter/filter-tree.ts'
import type { FilterTree } from '../filter/tree.ts'
import type { AuditedCall, ExporterStatus, FacetOptions, ProvedRecord, Reader } from '../reader.ts'
import type { Session, SessionSummary } from '../session/session.ts'
import type { FacetsWithin, FacetsWithinOptions } from '../stats/facets-within.ts'
import type { FacetCount, StatsReport, StatsRequest } from '../stats/stats.ts'
import { type Access, accessNote, denied } from './access-options.ts'
import { type ShownContents, shownIn } from './contents-view.ts'

/** How a guarded reader works. */
export interface GuardOptions {
  /** Who reads, and how much of the contents they are given. */
  readonly access: Access
  /** Records an access, before what was read is given away; absent for a log that does not record them. */
  readonly record?: (note: AccessNote) => void | Promise<void>
  /** Whether what is listed is about to be exported, and stands for what is read of it afterwards. */
  readonly isExport?: boolean
}

/** So many calls are remembered as given; those of before are recorded again. */
const REMEMBERED = 20_000

/**
 * A reader that gives as much of the contents as somebody may see, and records each access before it gives anything
 * away. A call that was given before is not recorded again for as long as the reader is open, so that a page
 * that looks again every second does not fill the log. Figures, names of values, keys and checkpoints show no contents, and
 * are not recorded, but for figures of calls that have words in their contents. Rejects with AuditError `denied` once a broken glass is whole again.
 */
export function guardReader(reader: Reader, options: GuardOptions): Reader {
  return new GuardedReader(reader, options)
}

class GuardedReader implements Reader {
  /** That there are records says nothing of what they hold. */
  readonly watch?: WatchGrowth
  readonly isCopy: boolean
  readonly #reader: Reader
  readonly #options: GuardOptions
  readonly #shown: ShownContents
  readonly #given = new Set<string>()

  constructor(reader: Reader, options: GuardOptions) {
    this.#reader = reader
    const { watch, isCopy = false } = reader
    this.isCopy = isCopy
    if (watch) this.watch = (grown) => watch.call(reader, grown)
    this.#options = options
    this.#shown = shownIn(options.access.contents)
  }

  async get(auditId: string): Promise<AuditedCall | undefined> {
    this.#checkGlass()
    const call = await this.#reader.get(auditId)
    if (!call) return undefined
    const isListed = this.#options.isExport && this.#given.has(call.auditId)
    if (!isListed) await this.#give('show', auditId, [whole(call)])
    return this.#shown.call(call)
  }

  async query(filter: Filter = {}, page: PageRequest = {}): Promise<Page<CallSummary>> {
    const action = this.#lookingBy(filter) ?? 'list'
    return await this.#page(action, textOf(filter), () => this.#reader.query(filter, page))
  }

  async search(
    text: string,
    filter: Filter = {},
    page: PageRequest = {}
  ): Promise<Page<CallSummary>> {
    this.#refuseWithoutContents()
    const what = [text, textOf(filter)].filter(Boolean).join(' ')
    return await this.#page('search', what, () => this.#reader.search(text, filter, page))
  }

  async session(session: string): Promise<Session | undefined> {
    this.#checkGlass()
    const found = await this.#reader.session(session)
    if (!found) return undefined
    const steps = found.runs.flatMap((run) => run.steps)
    await this.#give('session', session, [...steps, ...found.annotations])
    return this.#shown.session(found)
  }

  async sessions(filter: Filter = {}, page: PageRequest = {}): Promise<Page<SessionSummary>> {
    this.#checkGlass()
    const action = this.#lookingBy(filter) ?? 'list'
    const found = await this.#reader.sessions(filter, page)
    const ids = found.items.map(({ session }) => ({ auditId: `session ${session}` }))
    await this.#give(action, textOf(filter), ids)
    return { ...found, items: found.items.map((each) => this.#shown.sessionSummary(each)) }
  }

  async compare(request: CompareRequest): Promise<Comparison> {
    this.#checkGlass()
    const { first, second, filter, setting } = request
    for (const each of [first, second, filter]) this.#lookingBy(each)
    const found = await this.#reader.compare(request)
    const side = (filter: Filter, value = '') => {
      return [textOf(filter), setting && `setting.${setting.name}:${value}`]
        .filter(Boolean)
        .join(' ')
    }
    const what = `${side(first, setting?.first)} | ${side(second, setting?.second)}`
    await this.#note({ action: 'compare', what, calls: 2 * found.pairs })
    return this.#shown.comparison(found)
  }

  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    this.#checkGlass()
    const report = await this.#reader.verify(options)
    try {
      await this.#note({ action: 'verify', records: report.checked })
    } catch {
      // It shows no contents, and what is wrong with a log is not to be held back because it cannot be written.
    }
    return report
  }

  async prove(auditId: string): Promise<ProvedRecord[]> {
    this.#checkGlass()
    const proved = await this.#reader.prove(auditId)
    if (!(this.#options.isExport && this.#given.has(auditId))) {
      await this.#note({ action: 'prove', what: auditId, calls: 1 })
    }
    return proved.map((each) => this.#shown.proved(each))
  }

  stats(request: StatsRequest = {}): Promise<StatsReport> {
    return this.#figures(request.filter, () => this.#reader.stats(request))
  }

  facetsWithin(filter: Filter, options?: FacetsWithinOptions): Promise<FacetsWithin> {
    return this.#figures(filter, () => this.#reader.facetsWithin(filter, options))
  }

  /** Figures of the calls of a filter: recorded, once, where somebody is looked for. */
  async #figures<T>(filter: Filter | undefined, read: () => Promise<T>): Promise<T> {
    const action = this.#lookingBy(filter)
    if (action === undefined) return await read()
    this.#checkGlass()
    const found = await read()
    const what = textOf(filter)
    const key = `figures ${what}`
    if (!this.#given.has(key)) await this.#note({ action, what })
    this.#remember([key])
    return found
  }

  facets(field: TextField, options?: FacetOptions): Promise<readonly FacetCount[]> {
    return this.#reader.facets(field, options)
  }

  keys(): Promise<string[]> {
    return this.#reader.keys()
  }

  exporters(): Promise<ExporterStatus[]> {
    return this.#reader.exporters()
  }

  size(): Promise<number> {
    return this.#reader.size()
  }

  checkpoint(): Promise<string | undefined> {
    return this.#reader.checkpoint()
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#reader[Symbol.asyncDispose]()
  }

  async #page(
    action: AccessAction,
    what: string,
    ask: () => Promise<Page<CallSummary>>
  ): Promise<Page<CallSummary>> {
    this.#checkGlass()
    const page = await ask()
    await this.#give(this.#options.isExport ? 'export' : action, what, page.items)
    return { ...page, items: page.items.map((call) => this.#shown.summary(call)) }
  }

  /** Records what was not given before. The records of accesses themselves are none. */
  async #give(
    action: AccessAction,
    what: string,
    calls: readonly { readonly auditId: string; readonly kind?: string }[]
  ): Promise<void> {
    const fresh = calls.filter(({ auditId, kind }) => kind !== ACCESS && !this.#given.has(auditId))
    // Who searches learns something of what is not found, too.
    if (fresh.length === 0 && !(action === 'search' && calls.length === 0)) return
    await this.#note({ action, what, calls: fresh.length })
    this.#remember(fresh.map(({ auditId }) => auditId))
  }

  #remember(given: readonly string[]): void {
    for (const each of given) this.#given.add(each)
    for (const oldest of this.#given) {
      if (this.#given.size <= REMEMBERED) break
      this.#given.delete(oldest)
    }
  }

  async #note(said: Pick<AccessNote, 'action' | 'what' | 'calls' | 'records'>): Promise<void> {
    await this.#options.record?.(accessNote(this.#options.access, said))
  }

  #checkGlass(): void {
    const { until = Number.POSITIVE_INFINITY } = this.#options.access
    if (Date.now() <= until) return
    throw denied('the time for which the glass was broken is over; break it again with a reason')
  }

  /** That a filter searches, where it has words: how many calls have them says what is in contents, also without a text. */
  #lookingBy(filter: Filter = {}): 'search' | undefined {
    if (!looksIntoTexts(filterTree(filter))) return undefined
    this.#refuseWithoutContents()
    return 'search'
  }

  #refuseWithoutContents(): void {
    if (this.#options.access.contents !== 'none') return
    throw denied('search looks into contents, of which this reader is given none')
  }
}

/** What is shown whole is another access than a line of a list. */
function whole({ auditId, record }: AuditedCall): { auditId: string; kind: string } {
  return { auditId: `whole ${auditId}`, kind: record.kind }
}

/** Whether a filter has words, which are looked for in contents. */
function looksIntoTexts(tree: FilterTree): boolean {
  if (tree.is === 'words') return true
  if (tree.is === 'not') return looksIntoTexts(tree.of)
  return (tree.is === 'all' || tree.is === 'any') && tree.of.some(looksIntoTexts)
}

function textOf(filter: Filter = {}): string {
  return filterText(filterTree(filter))
}
