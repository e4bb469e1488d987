export {
  type ConsoleExporterOptions,
  consoleExporter,
  type TextStream
} from './console-exporter.ts'
