include(GoogleTest)

# The unit tests of all packages, and the dialogue tests that join them (tests/dialogue): what
# `make check CHECK=quick` builds.
add_custom_target(quick_tests)

# mcp_package(NAME [PCH] [DEPS pkg…] [LIBS lib…] [PUBLIC_LIBS lib…])
# One static library mcp_NAME from internal/NAME/*.cpp and one test binary NAME_test from its *_test.cpp.
# PCH: the package's files include Asio. All such packages use one precompiled header, async's.
# LIBS: third-party libraries that its .cpp files see. PUBLIC_LIBS: those that its headers show.
function(mcp_package name)
  cmake_parse_arguments(P "PCH" "" "DEPS;LIBS;PUBLIC_LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/internal/${name}/*.cpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  if(NOT sources)
    add_library(mcp_${name} INTERFACE)
    set(visibility INTERFACE)
  else()
    add_library(mcp_${name} STATIC ${sources})
    set(visibility PUBLIC)
    target_link_libraries(mcp_${name} PRIVATE ${P_LIBS})
    if(P_PCH)
      mcp_use_pch(mcp_${name})
    endif()
  endif()
  target_include_directories(mcp_${name} ${visibility} ${CMAKE_SOURCE_DIR})
  list(TRANSFORM P_DEPS PREPEND mcp_)
  target_link_libraries(mcp_${name} ${visibility} ${P_DEPS} ${P_PUBLIC_LIBS})
  if(tests)
    mcp_unit_tests(${name} ${tests})
    target_link_libraries(${name}_test PRIVATE mcp_${name} ${P_LIBS})
    mcp_use_test_pch(${name}_test "${P_PCH}")
  endif()
endfunction()

# mcp_unit_tests(NAME SOURCE…): the program NAME_test, its cases as ctest entries NAME.Suite.Case with the label unit.
# Tests are not optimised: most run for a millisecond, and compiling them is what they cost.
function(mcp_unit_tests name)
  add_executable(${name}_test ${ARGN})
  target_compile_options(${name}_test PRIVATE -O0)
  target_link_libraries(${name}_test PRIVATE GTest::gmock GTest::gtest_main)
  add_dependencies(quick_tests ${name}_test)
  gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}."
                       WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()

# One precompiled header for the packages, built with mcp_async and reused by the others (seven more would cost 3 s and
# 110 MB each), and two for the tests: GoogleTest with Asio and without.
function(mcp_use_pch target)
  if(target STREQUAL "mcp_async")
    target_precompile_headers(mcp_async PRIVATE ${CMAKE_SOURCE_DIR}/internal/async/pch.h)
  else()
    target_precompile_headers(${target} REUSE_FROM mcp_async)
  endif()
endfunction()

# mcp_use_test_pch(TARGET ASIO): ASIO as a boolean, whether the tests include it. Each of the two headers is built by a
# target without definitions: the compiler takes it only where all of its own are set.
function(mcp_use_test_pch target asio)
  set(owner mcp_test_pch)
  set(headers <gmock/gmock.h>)
  set(libraries GTest::gmock)
  if(asio)
    set(owner mcp_asio_test_pch)
    list(PREPEND headers ${CMAKE_SOURCE_DIR}/internal/async/pch.h)
    list(APPEND libraries mcp::asio)
  endif()
  if(NOT TARGET ${owner})
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${owner}.cpp CONTENT "")
    add_library(${owner} OBJECT ${CMAKE_BINARY_DIR}/generated/${owner}.cpp)
    target_compile_options(${owner} PRIVATE -O0)
    target_link_libraries(${owner} PRIVATE ${libraries})
    target_precompile_headers(${owner} PRIVATE ${headers})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()
