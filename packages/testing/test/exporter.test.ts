import { collectingExporter } from '@slm-audit/testing'
import { REFUSED_INDEX, testExporter } from '@slm-audit/testing/conformance'

testExporter({
  name: 'collecting',
  faults: ['down', 'hang', 'busy', 'refuse'],
  make() {
    const exporter = collectingExporter()
    return {
      open: () => exporter,
      received: () => exporter.records.map(({ index }) => index),
      cause(fault) {
        exporter.react((batch, signal) => {
          const error = new Error(fault)
          if (fault === 'down') return { status: 'retry', error }
          if (fault === 'busy') return { status: 'retry', error, afterMs: 20 }
          if (fault === 'refuse' && batch.some(({ index }) => index === REFUSED_INDEX)) {
            return { status: 'rejected', error }
          }
          if (fault !== 'hang') return undefined
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve({ status: 'retry', error }))
          })
        })
      },
      [Symbol.asyncDispose]: async () => undefined
    }
  }
})
