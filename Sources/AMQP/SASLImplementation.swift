internal import CProton

/// The functions by which the engine speaks with a `SASLLayer` (`proton/sasl_plugin.h`).
enum SASLImplementation {
    /// Functions of C that never change.
    ///
    /// `@unchecked Sendable`: the memory is written once, before anybody sees it.
    private struct Table: @unchecked Sendable {
        let functions: UnsafePointer<pnx_sasl_implementation>
    }

    /// Gives a transport the layer, which it does not own.
    static func install(_ layer: SASLLayer, _ transport: OpaquePointer) {
        _ = pn_sasl(transport)
        pnx_sasl_set_implementation(
            transport, table.functions, Unmanaged.passUnretained(layer).toOpaque())
    }

    private static func layer(_ transport: OpaquePointer?) -> SASLLayer? {
        pnx_sasl_get_context(transport).map {
            Unmanaged<SASLLayer>.fromOpaque($0).takeUnretainedValue()
        }
    }

    private static func copy(_ bytes: UnsafePointer<pn_bytes_t>?) -> [UInt8]? {
        guard let bytes = bytes?.pointee, bytes.start != nil else { return nil }
        return Array(UnsafeRawBufferPointer(start: bytes.start, count: bytes.size))
    }

    private static let table: Table = {
        var functions = pnx_sasl_implementation()
        functions.free = { _ in }
        functions.list_mechanisms = { SASLImplementation.layer($0).map { $0.offeredText } }
        functions.init_server = { transport in
            if SASLImplementation.layer(transport)?.clientBegan() ?? true {
                pnx_sasl_set_desired_state(transport, SASL_POSTED_MECHANISMS)
            }
            return true
        }
        functions.init_client = { _ in true }
        functions.prepare_write = { _ in }
        functions.process_init = { transport, mechanism, bytes in
            SASLImplementation.layer(transport)?.clientInitiated(
                mechanism.map { String(cString: $0) } ?? "", SASLImplementation.copy(bytes))
        }
        functions.process_response = { transport, bytes in
            SASLImplementation.layer(transport)?.clientResponded(
                SASLImplementation.copy(bytes) ?? [])
        }
        functions.process_mechanisms = { transport, names in
            let words = names.map { String(cString: $0) } ?? ""
            SASLImplementation.layer(transport)?.serverOffers(
                words.split(separator: " ").map(String.init))
            return true
        }
        functions.process_challenge = { transport, bytes in
            SASLImplementation.layer(transport)?.serverChallenges(
                SASLImplementation.copy(bytes) ?? [])
        }
        functions.process_outcome = { transport, bytes in
            SASLImplementation.layer(transport)?.serverDecides(
                SASLImplementation.copy(bytes) ?? [])
        }
        // No layer of SASL's own above the stream.
        functions.can_encrypt = { _ in false }
        functions.max_encrypt_size = { _ in 0 }
        functions.encode = { _, _, _ in 0 }
        functions.decode = { _, _, _ in 0 }
        let place = UnsafeMutablePointer<pnx_sasl_implementation>.allocate(capacity: 1)
        place.initialize(to: functions)
        return Table(functions: UnsafePointer(place))
    }()
}
