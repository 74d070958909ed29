// The table of algorithms by itself: what each of its facts has to be like.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "schema/schema.hpp"

namespace {

using Json = nlohmann::ordered_json;

Json table() {
    std::ifstream stream(ZFLOW_ROOT "/runtime-schemas/algorithms.json");
    return Json::parse(stream);
}

/// The record under a key; an empty one when there is none.
const Json& record_of(const Json& algorithm, const char* key) {
    static const Json none = Json::object();
    return algorithm.contains(key) ? algorithm.at(key) : none;
}

bool is_lower(const std::string& name) {
    return std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void check_hyperparameter(const Json& all, const Json& p) {
    for (const auto& [key, value] : p.items())
        CHECK(std::set<std::string>{"kind", "least", "most", "above", "below", "values", "required", "required_with"}.contains(key));
    const std::string kind = p.value("kind", "");
    CHECK(std::set<std::string>{"", "integer", "number", "truth"}.contains(kind));
    const bool bounded = p.contains("least") || p.contains("most");
    CHECK((!bounded || kind == "integer" || kind == "number"));
    if (p.contains("least") && p.contains("most")) CHECK(p["least"].get<double>() < p["most"].get<double>());
    CHECK((!p.contains("above") || p.contains("least")));
    CHECK((!p.contains("below") || p.contains("most")));
    if (p.contains("values")) {
        const auto values = p["values"].get<std::vector<std::string>>();
        CHECK(std::set<std::string>(values.begin(), values.end()).size() == values.size());
        CHECK_FALSE(values.empty());
    }
    if (!p.contains("required_with")) return;
    const auto with = p["required_with"].begin();
    REQUIRE(all.contains(with.key()));
    if (with.value() != "") {
        const auto values = all[with.key()].at("values").get<std::vector<std::string>>();
        CHECK(std::find(values.begin(), values.end(), with.value().get<std::string>()) != values.end());
    }
}

void check_metrics(const Json& algorithm) {
    if (!algorithm.contains("metrics")) return;
    std::set<std::string> seen;
    for (const auto* way : {"maximize", "minimize"})
        for (const std::string metric : algorithm["metrics"].at(way)) {
            CHECK(seen.insert(metric).second);
            CHECK(algorithm["channels"].contains(metric.substr(0, metric.find(':'))));   // it is of a channel
        }
    CHECK_FALSE(seen.empty());
}

}  // namespace

TEST_CASE("the table of algorithms is consistent", "[schema]") {
    const Json all = table();
    CHECK_FALSE(all["registries"]["source"].get<std::string>().empty());
    const auto accounts = all["registries"]["accounts"].get<std::vector<std::string>>();
    CHECK(std::is_sorted(accounts.begin(), accounts.end()));
    CHECK(std::all_of(accounts.begin(), accounts.end(), [](const std::string& a) { return a.size() == 12 && a.find_first_not_of("0123456789") == std::string::npos; }));
    CHECK(all["algorithms"].size() >= 17);
    for (const auto& [name, algorithm] : all["algorithms"].items()) {
        INFO(name);
        CHECK(is_lower(name));
        CHECK(algorithm.at("source").get<std::string>().starts_with("github.com/"));
        CHECK(algorithm.at("channels").at("train").value("required", false));
        for (const auto& [channel, about] : algorithm["channels"].items()) CHECK(is_lower(channel));
        for (const std::string type : algorithm.at("content_types")) CHECK(is_lower(type));
        for (const auto& [format, type] : record_of(algorithm, "told").items()) {
            const std::string told = type;
            const auto types = algorithm["content_types"].get<std::vector<std::string>>();
            CHECK(std::find(types.begin(), types.end(), told.substr(0, told.find(';'))) != types.end());
        }
        for (const auto& [channel, by] : record_of(algorithm, "own_split").items()) {
            CHECK(algorithm["channels"].contains(channel));
            CHECK((by == "" || algorithm["hyperparameters"].contains(by.get<std::string>())));
        }
        CHECK_FALSE(algorithm.at("devices").empty());
        for (const auto& [device, instances] : algorithm["devices"].items()) {
            CHECK((device == "cpu" || device == "gpu"));
            CHECK((instances == "one" || instances == "many"));
        }
        CHECK((algorithm["devices"].contains("cpu") || algorithm.contains("families")));
        for (const std::string family : record_of(algorithm, "families")) CHECK(zflow::schema::has_gpu("ml." + family + ".xlarge"));
        for (const auto& [parameter, value] : record_of(algorithm, "several_with").items()) {
            const auto values = algorithm["hyperparameters"].at(parameter).at("values").get<std::vector<std::string>>();
            CHECK(std::find(values.begin(), values.end(), value.get<std::string>()) != values.end());
        }
        for (const auto& [parameter, about] : algorithm.at("hyperparameters").items()) {
            INFO(parameter);
            CHECK(is_lower(parameter));
            check_hyperparameter(algorithm["hyperparameters"], about);
        }
        check_metrics(algorithm);
        CHECK(zflow::schema::find_algorithm(accounts[0], name));
        CHECK_FALSE(zflow::schema::find_algorithm("123456789012", name));
    }
}

TEST_CASE("of every instance that trains it is known whether it has GPUs", "[schema]") {
    for (const std::string_view type : zflow::schema::find_shape("sagemaker", "TrainingInstanceType").enum_values()) {
        INFO(type);
        const bool named_so = type.starts_with("ml.g") || type.starts_with("ml.p");
        CHECK(zflow::schema::has_gpu(type) == named_so);
        CHECK(zflow::schema::has_no_gpu(type) != named_so);
    }
    CHECK_FALSE(zflow::schema::has_no_gpu("ml.q9.xlarge"));
}
