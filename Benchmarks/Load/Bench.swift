internal import EventLoop
internal import Glibc

/// Loads a router and says what that cost. The exit code is 0 if every message arrived once and in
/// order, 1 if not, 2 if the command line is wrong.
@main
struct Bench {
    static func main() {
        do throws(Plan.Misuse) {
            let plan = try Plan(Program.arguments)
            if plan.wantsHelp { return print(Plan.usage, terminator: "") }
            if let process = plan.process, Clock.processorTime(ofProcess: process) == nil {
                throw Plan.Misuse(text: "--pid \(process): no such process")
            }
            exit(run(plan) ? 0 : 1)
        } catch {
            FileText.say(error.text)
            exit(2)
        }
    }

    private static func run(_ plan: Plan) -> Bool {
        do throws(SystemError) {
            guard plan.connections == 0 else {
                let (stages, failure) = try Opening(plan).run()
                let report = OpeningReport(stages: stages, failure: failure, links: plan.links)
                print(plan.isJSON ? report.json : report.text)
                return failure == nil
            }
            let report = try Traffic(plan).run()
            print(plan.isJSON ? report.json : report.line)
            return report.isGood
        } catch {
            FileText.say("\(plan.host):\(plan.port): \(error)")
            return false
        }
    }
}
