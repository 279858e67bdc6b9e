# Third-party libraries, all from Debian, each behind one name so that a package states what it may see.
# The headers all lie in /usr/include, so the compiler cannot keep them apart: tests/house/packages.tsv does.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(GTest REQUIRED)
find_package(SQLite3 3.38 REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(simdjson REQUIRED)
find_package(tl-expected REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)
find_package(PkgConfig REQUIRED)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(libseccomp REQUIRED IMPORTED_TARGET libseccomp)

add_library(mcp_expected INTERFACE)
target_link_libraries(mcp_expected INTERFACE tl::expected)
add_library(mcp::expected ALIAS mcp_expected)

add_library(mcp_spdlog INTERFACE)
target_link_libraries(mcp_spdlog INTERFACE spdlog::spdlog)
add_library(mcp::spdlog ALIAS mcp_spdlog)

add_library(mcp_nlohmann INTERFACE)
target_link_libraries(mcp_nlohmann INTERFACE nlohmann_json::nlohmann_json)
add_library(mcp::nlohmann ALIAS mcp_nlohmann)

add_library(mcp_simdjson INTERFACE)
target_link_libraries(mcp_simdjson INTERFACE simdjson::simdjson)
add_library(mcp::simdjson ALIAS mcp_simdjson)

add_library(mcp_tomlplusplus INTERFACE)
target_link_libraries(mcp_tomlplusplus INTERFACE PkgConfig::tomlplusplus)
add_library(mcp::tomlplusplus ALIAS mcp_tomlplusplus)

add_library(mcp_seccomp INTERFACE)
target_link_libraries(mcp_seccomp INTERFACE PkgConfig::libseccomp)
add_library(mcp::seccomp ALIAS mcp_seccomp)

add_library(mcp_sqlite INTERFACE)
target_link_libraries(mcp_sqlite INTERFACE SQLite::SQLite3)
add_library(mcp::sqlite ALIAS mcp_sqlite)

add_library(mcp_cli11 INTERFACE)
target_link_libraries(mcp_cli11 INTERFACE CLI11::CLI11)
add_library(mcp::cli11 ALIAS mcp_cli11)

add_library(mcp_prometheus INTERFACE)
target_link_libraries(mcp_prometheus INTERFACE prometheus-cpp::core)
add_library(mcp::prometheus ALIAS mcp_prometheus)

add_library(mcp_openssl INTERFACE)
target_link_libraries(mcp_openssl INTERFACE OpenSSL::SSL OpenSSL::Crypto)
add_library(mcp::openssl ALIAS mcp_openssl)

# Loaded when it is first used (internal/http/client_curl.cpp): only its headers are needed here.
add_library(mcp_curl INTERFACE)
target_include_directories(mcp_curl SYSTEM INTERFACE ${CURL_INCLUDE_DIRS})
target_link_libraries(mcp_curl INTERFACE ${CMAKE_DL_LIBS})
add_library(mcp::curl ALIAS mcp_curl)

# Asio is compiled once (internal/async/asio_impl.cpp); everyone else sees declarations.
add_library(mcp_asio INTERFACE)
target_compile_definitions(mcp_asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                           BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_ASIO_DISABLE_BOOST_BIND)
# g++ 12 pairs the coroutine frame's class-level new with a free() it inlined: a false alarm on every awaitable.
target_compile_options(mcp_asio INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
target_link_libraries(mcp_asio INTERFACE Boost::headers Threads::Threads)
add_library(mcp::asio ALIAS mcp_asio)

add_library(mcp_beast INTERFACE)
target_link_libraries(mcp_beast INTERFACE mcp_asio)
add_library(mcp::beast ALIAS mcp_beast)
