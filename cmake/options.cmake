# Compiler, linker and cache settings that hold for every target.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_RELEASE "-O2")  # no NDEBUG: assertions stay
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# build/mcp, build/base_test, …: every program stands in the build root.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -fno-omit-frame-pointer
                    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
# g++ 12 misreads inlined std::string code (GCC bugs 105329, 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  add_compile_options(-Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(MCP_WERROR AND NOT MCP_SANITIZE)
  add_compile_options(-Werror)  # g++ 12 warns falsely in sanitized code
endif()
if(MCP_SANITIZE)
  add_compile_options(-fsanitize=${MCP_SANITIZE} -fno-sanitize-recover=all -g1 -O1)
  add_link_options(-fsanitize=${MCP_SANITIZE})
endif()

find_program(MCP_CCACHE ccache)
if(MCP_CCACHE)
  # A clone elsewhere hits the same entries, the precompiled header's included: paths below the source folder
  # are hashed as relative ones. This holds for build folders inside the clone (build, build-asan, …).
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${MCP_CCACHE})
endif()
find_program(MCP_MOLD mold)
if(MCP_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
