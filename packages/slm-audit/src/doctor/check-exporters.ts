import type { Reader } from '@slm-audit/core/reader'
import { attention, type Finding, failing, ok } from '../base/finding.ts'
import { quoted } from '../base/next-command.ts'
import { counted } from '../render/figures.ts'
import type { Asked } from './asked.ts'
import { FEW } from './few.ts'

/** Whether the exporters of a log get its records. */
export async function checkExporters(
  reader: Reader,
  { isDatabase, of }: Asked
): Promise<Finding[]> {
  const exporters = await reader.exporters()
  return exporters.map(({ name, lag, failures, setAside }) => {
    const check = `exporter ${name}`
    const behind = `${counted(lag, 'record')} behind`
    if (failures > 0) {
      const tries = failures === 1 ? 'last try' : `last ${failures.toLocaleString('en')} tries`
      return failing(check, `its ${tries} failed, ${behind}`, 'see why:', of('exporters'))
    }
    const [first] = setAside
    if (first) {
      const says = `it refused ${counted(setAside.length, 'record')}`
      const replay = of(`replay-export ${quoted(name)} --from ${first.index}`)
      return isDatabase
        ? attention(check, says, 'slm-audit exporters says why; once that is mended:', replay)
        : attention(check, says, 'see why:', of('exporters'))
    }
    if (lag <= FEW) return ok(check, lag === 0 ? 'up to date' : behind)
    return attention(check, behind, 'see that the application with this exporter runs')
  })
}
