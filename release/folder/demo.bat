@echo off
rem Assesses the sample site into the folder demo and opens its map.
pushd "%~dp0"
venv\Scripts\python.exe -m lifecircle demo -o demo
if errorlevel 1 goto done
for %%f in (demo\*.html) do start "" "%%f"
:done
popd
pause
