/// The numbers that the old router told Prometheus, under its names and in its order (MG-282).
extension RouterFacts {
    package var formerMetrics: [MetricFamily] {
        func gauge(_ name: String, _ value: UInt64) -> MetricFamily {
            MetricFamily("qdr_\(name)_total", .gauge, help: nil, value)
        }
        func counter(_ name: String, _ value: UInt64) -> MetricFamily {
            MetricFamily("qdr_\(name)", .counter, help: nil, value)
        }
        return [
            gauge("connections", UInt64(connections)), gauge("links", UInt64(links)),
            gauge("addresses", UInt64(addresses)), gauge("routers", UInt64(nodes)),
            gauge("link_routes", UInt64(linkRoutes)), gauge("auto_links", UInt64(autoLinks)),
            counter("presettled_deliveries", presettled),
            counter("dropped_presettled_deliveries", droppedPresettled),
            counter("accepted_deliveries", accepted), counter("released_deliveries", released),
            counter("rejected_deliveries", rejected), counter("modified_deliveries", modified),
            counter("deliveries_ingress", ingress), counter("deliveries_egress", egress),
            counter("deliveries_transit", transit),
            counter("deliveries_ingress_route_container", ingressRouteContainer),
            counter("deliveries_egress_route_container", egressRouteContainer),
            counter("deliveries_delayed_1sec", delayed1Second),
            counter("deliveries_delayed_10sec", delayed10Seconds),
            gauge("deliveries_stuck", stuck), gauge("links_blocked", UInt64(blockedLinks)),
            counter("deliveries_redirected_to_fallback", redirectedToFallback),
        ]
    }

    /// What has passed, in Martlet's words.
    package var metrics: [MetricFamily] {
        var deliveries = MetricFamily(
            "martlet_deliveries", .counter,
            help: "Deliveries by their way: in from clients, out to clients, between routers.")
        deliveries.add(ingress, ["direction": "in"])
        deliveries.add(egress, ["direction": "out"])
        deliveries.add(transit, ["direction": "transit"])
        deliveries.add(ingressRouteContainer, ["direction": "container_in"])
        deliveries.add(egressRouteContainer, ["direction": "container_out"])
        deliveries.add(redirectedToFallback, ["direction": "fallback"])
        var outcomes = MetricFamily(
            "martlet_deliveries_settled", .counter, help: "Deliveries by what became of them.")
        outcomes.add(accepted, ["outcome": "accepted"])
        outcomes.add(rejected, ["outcome": "rejected"])
        outcomes.add(released, ["outcome": "released"])
        outcomes.add(modified, ["outcome": "modified"])
        outcomes.add(presettled, ["outcome": "presettled"])
        outcomes.add(droppedPresettled, ["outcome": "dropped"])
        var late = MetricFamily(
            "martlet_deliveries_late", .counter,
            help: "Deliveries that were settled later than so many seconds.")
        late.add(delayed1Second, ["seconds": "1"])
        late.add(delayed10Seconds, ["seconds": "10"])
        return [
            deliveries, outcomes, late,
            MetricFamily(
                "martlet_deliveries_stuck", .gauge,
                help: "Deliveries that have not moved for ten seconds.", stuck),
            MetricFamily(
                "martlet_addresses", .gauge, help: "Addresses in use.", UInt64(addresses)),
        ]
    }
}
